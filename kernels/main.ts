// The entry: everything exported here is a kernel that src/backend/wasm calls, by the name `op_type`.
export * from "./activation";
export { acos_f32, asin_f32, atan2_f32, atan_f32, hypot_f32 } from "./angles";
export * from "./attention";
export * from "./batchNorm";
export * from "./binary";
export * from "./chain";
export * from "./compare";
export * from "./conv";
export { conv3x3_f32, conv3x3_f64, conv3x3Bands_f32, conv3x3Bands_f64 } from "./conv3x3";
export * from "./convWeight";
export * from "./copy";
export * from "./depthwise";
export * from "./fold";
export * from "./indexing";
export * from "./layerNorm";
export { matmul_f32, matmul_f64, ROWS } from "./matmul";
export * from "./matmulSmall";
export { useScratch } from "./memory";
export { rowSums_f32, rowSums_f64, standardize_f32, standardize_f64 } from "./norm";
export * from "./optim";
export * from "./pool";
export { bernoulli_f32, bernoulli_f64, uniform_f32, uniform_f64 } from "./random";
export * from "./recurrent";
export * from "./reduce";
export * from "./softmax";
export { columnSums_f32, columnSums_f64, partSums_f32, partSums_f64, sumOfParts_f32, sumOfParts_f64 } from "./sums";
export * from "./unary";
export * from "./unroll";
export {
  acosh_f32, asinh_f32, atanh_f32, cos_f32, cosh_f32, exp2_f32, expm1_f32, log10_f32, log1p_f32, log2_f32, logAddExp_f32, logit_f32, pow_f32, sin_f32,
  sinh_f32, tan_f32, xlogy_f32,
} from "./wide";
export { winogradMultiply_f32, winogradPack4_f32, winogradSpread4_f32, winogradTake4_f32 } from "./winograd";
export { winogradPack2_f32, winogradSpread2_f32, winogradTake2_f32 } from "./winogradFew";
export { winogradSpreadGradient_f32, winogradSum_f32, winogradUnpack4_f32 } from "./winogradSums";
export * from "./winogradWeight";
