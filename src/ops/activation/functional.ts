/** Activations: what stands in nn.functional. */
export { glu, gumbelSoftmax, normalize, softmin } from "./gated.js";
export { gelu, mish, softplus } from "./gelu.js";
export {
  celu,
  elu,
  hardshrink,
  hardsigmoid,
  hardswish,
  hardtanh,
  leakyRelu,
  prelu,
  type RreluOptions,
  relu6,
  rrelu,
  selu,
  softshrink,
  softsign,
  tanhshrink,
  threshold,
} from "./linearUnits.js";
export { relu } from "./relu.js";
export { logsigmoid, sigmoid, silu, tanh } from "./sigmoid.js";
export { logSoftmax, softmax } from "./softmax.js";
