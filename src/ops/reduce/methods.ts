/** Reductions: what tensors have as methods. */
export { all, amax, amin, any, argmax, argmin, logsumexp, mean, prod, std, sum, variance as var } from "./reduce.js";
