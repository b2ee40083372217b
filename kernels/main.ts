// The entry: everything exported here is a kernel that src/backend/wasm calls, by the name `op_type`.
export * from "./binary";
export * from "./compare";
export * from "./conv";
export * from "./convWeight";
export * from "./copy";
export * from "./fold";
export * from "./indexing";
export { matmul_f32, matmul_f64, ROWS } from "./matmul";
export * from "./matmulSmall";
export { useScratch } from "./memory";
export * from "./norm";
export * from "./optim";
export * from "./pool";
export * from "./reduce";
export * from "./softmax";
export * from "./unary";
export * from "./unroll";
