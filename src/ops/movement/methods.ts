/** Shapes and views: what tensors have as methods. */
export { asStrided } from "./asStrided.js";
export { broadcastTo, expand, expandAs, sumToSize } from "./broadcast.js";
export { diag, diagEmbed, diagflat, diagonal } from "./diagonal.js";
export { flip, fliplr, flipud, roll, rot90 } from "./flip.js";
export { asStridedScatter, diagonalScatter, selectScatter, sliceScatter } from "./regionScatter.js";
export { repeat, repeatInterleave, tile } from "./repeat.js";
export {
  flatten,
  movedim,
  movedim as moveaxis,
  permute,
  ravel,
  reshape,
  reshapeAs,
  squeeze,
  t,
  transpose,
  transpose as swapaxes,
  transpose as swapdims,
  unflatten,
  unsqueeze,
  view,
  viewAs,
} from "./reshape.js";
export { narrow, narrowCopy, select } from "./slice.js";
export { chunk, dsplit, hsplit, split, tensorSplit, unbind, vsplit } from "./split.js";
export { adjoint } from "./transposed.js";
export { tril, triu } from "./triangle.js";
export { unfold } from "./unfold.js";
