import "../ops/methods.js";

export * as functional from "./functional.js";
export * as init from "./init.js";
export * from "./layers/activation.js";
export { AdaptiveLogSoftmaxWithLoss, type AdaptiveOptions } from "./layers/adaptiveSoftmax.js";
export {
  type AttentionForwardOptions,
  MultiheadAttention,
  type MultiheadAttentionOptions,
} from "./layers/attention.js";
export { ModuleDict, ModuleList, ParameterDict, ParameterList, Sequential } from "./layers/containers.js";
export {
  Conv1d,
  Conv2d,
  Conv3d,
  type ConvLayerOptions,
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  type ConvTransposeLayerOptions,
} from "./layers/conv.js";
export { AlphaDropout, Dropout, Dropout1d, Dropout2d, Dropout3d, FeatureAlphaDropout } from "./layers/dropout.js";
export { Embedding, EmbeddingBag } from "./layers/embedding.js";
export { FunctionLayer, LossLayer } from "./layers/functionLayer.js";
export { Bilinear, Identity, Linear, type LinearOptions } from "./layers/linear.js";
export {
  BatchNorm1d,
  BatchNorm2d,
  BatchNorm3d,
  type BatchNormLayerOptions,
  GroupNorm,
  InstanceNorm1d,
  InstanceNorm2d,
  InstanceNorm3d,
  LayerNorm,
  LocalResponseNorm,
  RMSNorm,
} from "./layers/norm.js";
export * from "./layers/pooling.js";
export { GRU, LSTM, type RecurrentOptions, RNN } from "./layers/recurrent.js";
export { type CellOptions, GRUCell, LSTMCell, RNNCell } from "./layers/recurrentCell.js";
export * from "./layers/shape.js";
export {
  Transformer,
  TransformerDecoder,
  TransformerDecoderLayer,
  TransformerEncoder,
  TransformerEncoderLayer,
} from "./layers/transformer.js";
export * from "./losses.js";
export { type Layer, Module, type NamedOptions } from "./module.js";
export type { BackwardHook, BackwardPreHook, ForwardHook, ForwardPreHook } from "./moduleHooks.js";
export {
  type IncompatibleKeys,
  type LoadOptions,
  type LoadStateDictPostHook,
  type LoadStateDictPreHook,
  type StateDict,
  StateDictError,
  type StateDictOptions,
  type StateDictPostHook,
  type StateDictPreHook,
} from "./moduleState.js";
export { Parameter } from "./parameter.js";
export { type LayerSummary, type ModelSummary, type SummaryInput, summary } from "./summary.js";
export * as utils from "./utils/index.js";
