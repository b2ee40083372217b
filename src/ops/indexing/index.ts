/** Picking and placing by index: what stands in the main namespace. */
export { equal, gather, indexSelect, take, takeAlongDim } from "./gather.js";
export { indexAdd, indexCopy, indexFill, indexReduce } from "./indexInto.js";
export { type IndexItem, Slice, slice } from "./indexItem.js";
export { indexPut } from "./indexing.js";
export { argwhere, maskedScatter, maskedSelect, nonzero } from "./masked.js";
export { put } from "./put.js";
export { scatter, scatterAdd, scatterReduce } from "./scatter.js";
export { unravelIndex } from "./unravel.js";
