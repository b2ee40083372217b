/** Special functions: what stands in the main namespace. */
export { gammainc as igamma, gammaincc as igammac } from "./gamma.js";
