// The entry: everything exported here is a kernel that src/backend/wasm calls.
export * from "./binary";
export * from "./matmul";
export * from "./matmulSmall";
