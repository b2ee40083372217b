/** Images of other sizes: what stands in nn.functional. */
export { affineGrid, gridSample } from "./gridSample.js";
export { interpolate } from "./interpolate.js";
export { channelShuffle, pixelShuffle, pixelUnshuffle } from "./shuffle.js";
