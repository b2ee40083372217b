/** nn.functional: each family of ops says what of it stands here. */
export * from "../ops/activation/functional.js";
export * from "../ops/linalg/functional.js";
export * from "../ops/loss/functional.js";
export * from "../ops/movement/functional.js";
