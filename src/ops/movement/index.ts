/** Shapes and views: what stands in the main namespace. */
export { asStrided } from "./asStrided.js";
export { broadcastShapes, broadcastTensors, broadcastTo } from "./broadcast.js";
export { diag, diagEmbed, diagflat, diagonal } from "./diagonal.js";
export { flip, fliplr, flipud, roll, rot90 } from "./flip.js";
export { cartesianProd, combinations, meshgrid } from "./grid.js";
export {
  atleast1d,
  atleast2d,
  atleast3d,
  blockDiag,
  columnStack,
  dstack,
  hstack,
  vstack,
  vstack as rowStack,
} from "./join.js";
export { asStridedScatter, diagonalScatter, selectScatter, sliceScatter } from "./regionScatter.js";
export { repeatInterleave, tile } from "./repeat.js";
export {
  cat,
  cat as concat,
  cat as concatenate,
  flatten,
  movedim,
  movedim as moveaxis,
  permute,
  ravel,
  reshape,
  squeeze,
  stack,
  t,
  transpose,
  transpose as swapaxes,
  transpose as swapdims,
  unflatten,
  unsqueeze,
} from "./reshape.js";
export { narrow, narrowCopy, select } from "./slice.js";
export { chunk, dsplit, hsplit, split, tensorSplit, unbind, vsplit } from "./split.js";
export { adjoint } from "./transposed.js";
export { tril, trilIndices, triu, triuIndices } from "./triangle.js";
export { vander } from "./vander.js";
