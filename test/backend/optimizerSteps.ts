import type { OptimizerOp, StepScalars } from "../../src/backend/ops.js";

const averaged = { stepSize: 0.1, beta1: 0.9, beta2: 0.99, eps: 1e-3, decay: 0.01, maximize: 0 };
const sgd = { lr: 0.1, momentum: 0.9, dampening: 0.25, weightDecay: 0.01, nesterov: 0, maximize: 0, isFirstStep: 0 };
const rmsprop = { lr: 0.1, alpha: 0.9, eps: 1e-3, momentum: 0.5, centered: 1, decay: 0.01, maximize: 0 };

/** Steps of every optimizer, with each of its switches at work: how many states they have, and their numbers. */
export const optimizerSteps: readonly (readonly [op: OptimizerOp, states: number, scalars: StepScalars])[] = [
  ["sgd", 1, sgd],
  ["sgd", 1, { ...sgd, dampening: 0, nesterov: 1, maximize: 1 }],
  ["sgd", 1, { ...sgd, weightDecay: 0, isFirstStep: 1 }],
  ["sgd", 0, sgd],
  ["adam", 2, { ...averaged, correction: 0.5, shrink: 1 }],
  ["adam", 3, { ...averaged, correction: 0.5, shrink: 0.99, decay: 0, maximize: 1 }],
  ["nadam", 2, { ...averaged, gradSize: 0.05, averageSize: 0.2, correction: 0.5, shrink: 0.99 }],
  ["radam", 2, { ...averaged, isRectified: 1, rectifier: 0.7, shrink: 0.99 }],
  ["radam", 2, { ...averaged, isRectified: 0, rectifier: 0, shrink: 1, maximize: 1 }],
  ["adamax", 2, averaged],
  ["rmsprop", 3, rmsprop],
  ["rmsprop", 2, { ...rmsprop, momentum: 0, maximize: 1 }],
  ["rmsprop", 2, { ...rmsprop, centered: 0 }],
  ["rmsprop", 1, { ...rmsprop, centered: 0, momentum: 0 }],
  ["adagrad", 1, averaged],
  ["adadelta", 2, { lr: 1, rho: 0.9, eps: 1e-3, decay: 0.01, maximize: 0 }],
  ["rprop", 2, { etaMinus: 0.5, etaPlus: 1.2, smallest: 1e-6, largest: 1.5, maximize: 0 }],
  ["asgd", 1, { lambd: 1e-2, eta: 0.1, mu: 0.5, decay: 0.01, maximize: 1 }],
];
