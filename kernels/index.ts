export { binaryF32, binaryF64, reluF32 } from "./elementwise";
export { matmulF32, matmulF64 } from "./matmul";
export { crossEntropyBackwardF32, crossEntropyF32, gatherBytes, sgdF32, sumF32 } from "./training";
