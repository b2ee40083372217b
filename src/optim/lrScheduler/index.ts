/** optim.lrScheduler, as torch.optim.lr_scheduler. */
export { ChainedScheduler, SequentialLR } from "./combined.js";
export { CosineAnnealingLR, CosineAnnealingWarmRestarts } from "./cosine.js";
export { CyclicLR, type CyclicOptions, OneCycleLR, type OneCycleOptions } from "./cyclic.js";
export {
  ConstantLR,
  ExponentialLR,
  type Factor,
  LambdaLR,
  LinearLR,
  MultiplicativeLR,
  MultiStepLR,
  PolynomialLR,
  StepLR,
} from "./decay.js";
export { type PlateauOptions, ReduceLROnPlateau } from "./reduceOnPlateau.js";
export { LRScheduler, type Scheduled, type ScheduleOptions, type SchedulerState } from "./scheduler.js";
