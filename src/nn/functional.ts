export { crossEntropy, mseLoss } from "../ops/loss.js";
export { linear } from "../ops/matmul.js";
export { logSoftmax, softmax } from "../ops/softmax.js";
export { logsigmoid, relu, sigmoid, silu, tanh } from "../ops/unary.js";
