/** Convolutions: what stands in nn.functional. */
export { conv1d, conv2d, conv3d, convTranspose1d, convTranspose2d, convTranspose3d } from "./conv.js";
export { fold, unfold } from "./unfold.js";
