/** Shapes and views: what stands in the main namespace. */
export { broadcastTo } from "./broadcast.js";
export {
  cat,
  flatten,
  movedim,
  permute,
  reshape,
  squeeze,
  stack,
  t,
  transpose,
  unflatten,
  unsqueeze,
} from "./reshape.js";
export { chunk, narrow, select, split, unbind } from "./slice.js";
