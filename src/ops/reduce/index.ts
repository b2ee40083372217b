/** Reductions: what stands in the main namespace. */
export { all, amax, amin, any, argmax, argmin, logsumexp, mean, prod, std, sum, variance as var } from "./reduce.js";
