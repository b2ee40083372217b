/** Draws: what tensors have as methods. */
export { bernoulli, multinomial } from "./draw.js";
