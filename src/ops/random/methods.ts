/** Draws: what tensors have as methods. */
export { bernoulli, multinomial } from "./draw.js";
export {
  bernoulli_,
  cauchy_,
  exponential_,
  geometric_,
  logNormal_,
  normal_,
  random_,
  uniform_,
} from "./drawInPlace.js";
