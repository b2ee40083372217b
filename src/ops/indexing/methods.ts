/** Picking by index: what tensors have as methods. */
export { equal, gather, indexSelect } from "./gather.js";
