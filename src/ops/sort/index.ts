/** Sorting and searching: what stands in the main namespace. */
export { bucketize, searchsorted } from "./search.js";
export { argsort, kthvalue, msort, sort, topk } from "./sort.js";
export { isin, unique, uniqueConsecutive } from "./unique.js";
