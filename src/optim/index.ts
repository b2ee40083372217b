import "../ops/methods.js";

export { Adadelta, type AdadeltaOptions } from "./adadelta.js";
export { Adagrad, type AdagradOptions } from "./adagrad.js";
export { Adam, type AdamOptions, AdamW } from "./adam.js";
export { Adamax, type AdamaxOptions } from "./adamax.js";
export { ASGD, type ASGDOptions } from "./asgd.js";
export { LBFGS, type LBFGSOptions } from "./lbfgs.js";
export * as lrScheduler from "./lrScheduler/index.js";
export { Muon, type MuonOptions } from "./muon.js";
export { NAdam, type NAdamOptions } from "./nadam.js";
export { Optimizer, type ParamGroup, type ParamState, type Params } from "./optimizer.js";
export type { OptimizerState } from "./optimizerState.js";
export { RAdam, type RAdamOptions } from "./radam.js";
export { RMSprop, type RMSpropOptions } from "./rmsprop.js";
export { Rprop, type RpropOptions } from "./rprop.js";
export { SGD, type SGDOptions } from "./sgd.js";
export * as swaUtils from "./swaUtils.js";
