/** nn.functional: each family of ops says what of it stands here. */
export * from "../ops/activation/functional.js";
export * from "../ops/attention/functional.js";
export * from "../ops/conv/functional.js";
export * from "../ops/dropout/functional.js";
export * from "../ops/embedding/functional.js";
export * from "../ops/linalg/functional.js";
export * from "../ops/loss/functional.js";
export * from "../ops/movement/functional.js";
export * from "../ops/norm/functional.js";
export * from "../ops/pool/functional.js";
export * from "../ops/resample/functional.js";
