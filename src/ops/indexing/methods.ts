/** Picking and placing by index: what tensors have as methods. */
export { equal, gather, indexSelect, take, takeAlongDim } from "./gather.js";
export { indexAdd, indexCopy, indexFill, indexReduce } from "./indexInto.js";
export { index, indexPut, indexPut_ } from "./indexing.js";
export {
  indexAdd_,
  indexCopy_,
  indexFill_,
  indexReduce_,
  maskedScatter_,
  put_,
  scatter_,
  scatterAdd_,
  scatterReduce_,
} from "./inPlace.js";
export { argwhere, maskedScatter, maskedSelect, nonzero } from "./masked.js";
export { put } from "./put.js";
export { scatter, scatterAdd, scatterReduce } from "./scatter.js";
