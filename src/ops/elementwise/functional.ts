/** Element by element: what stands in nn.functional. */
export { logsigmoid, relu, sigmoid, silu, tanh } from "./unary.js";
