/** Sorting and searching: what tensors have as methods. */
export { argsort, kthvalue, msort, sort, topk } from "./sort.js";
export { unique, uniqueConsecutive } from "./unique.js";
