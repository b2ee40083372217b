/** Shapes and views: what tensors have as methods. */
export { broadcastTo, expand } from "./broadcast.js";
export { flatten, movedim, permute, reshape, squeeze, t, transpose, unflatten, unsqueeze, view } from "./reshape.js";
export { chunk, narrow, select, split, unbind } from "./slice.js";
