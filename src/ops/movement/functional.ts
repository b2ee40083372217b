/** Shapes and views: what stands in nn.functional. */
export { pad } from "./pad.js";
