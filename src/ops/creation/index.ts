/** Making tensors of others, and by formulas: what stands in the main namespace. */
export { asTensor, asTensor as asarray, randintLike, scalarTensor } from "./asTensor.js";
export { bartlettWindow, blackmanWindow, hammingWindow, hannWindow, kaiserWindow } from "./windows.js";
