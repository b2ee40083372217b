/** Draws: what stands in the main namespace. */
export { bernoulli, multinomial, normal } from "./draw.js";
