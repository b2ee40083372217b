/** Convolutions: what stands in the main namespace. */
export { conv1d, conv2d, conv3d, convTranspose1d, convTranspose2d, convTranspose3d } from "./conv.js";
