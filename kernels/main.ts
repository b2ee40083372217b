// The entry: everything exported here is a kernel that src/backend/wasm calls, by the name `op_type`.
export * from "./binary";
export * from "./compare";
export * from "./copy";
export * from "./fold";
export * from "./indexing";
export * from "./matmul";
export * from "./matmulSmall";
export * from "./optim";
export * from "./reduce";
export * from "./softmax";
export * from "./unary";
