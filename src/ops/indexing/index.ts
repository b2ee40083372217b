/** Picking by index: what stands in the main namespace. */
export { equal, gather, indexSelect } from "./gather.js";
