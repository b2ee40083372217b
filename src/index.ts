import "./ops/methods.js";

export * as autograd from "./autograd/index.js";
export { enableGrad, isGradEnabled, noGrad } from "./autograd/mode.js";
export { scope } from "./autograd/scope.js";
export { setBackend } from "./backend/current.js";
export type { DType, TypedArray } from "./backend/dtype.js";
export * as data from "./data/index.js";
export * as nn from "./nn/index.js";
export { add, div, floorDivide, fmod, maximum, minimum, mul, pow, remainder, sub } from "./ops/arithmetic.js";
export { broadcastTo } from "./ops/broadcast.js";
export { clone } from "./ops/cast.js";
export { clamp } from "./ops/clamp.js";
export {
  eq,
  ge,
  gt,
  isfinite,
  isinf,
  isnan,
  le,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  lt,
  ne,
  signbit,
} from "./ops/compare.js";
export { equal, gather, indexSelect } from "./ops/indexing.js";
export { bmm, dot, matmul, mm, mv, outer } from "./ops/matmul.js";
export {
  cat,
  flatten,
  movedim,
  permute,
  reshape,
  squeeze,
  stack,
  t,
  transpose,
  unflatten,
  unsqueeze,
} from "./ops/movement.js";
export {
  all,
  amax,
  amin,
  any,
  argmax,
  argmin,
  logsumexp,
  mean,
  prod,
  std,
  sum,
  variance as var,
} from "./ops/reduce.js";
export { chunk, narrow, select, split, unbind } from "./ops/slice.js";
export { logSoftmax, softmax } from "./ops/softmax.js";
export * from "./ops/unary.js";
export { where } from "./ops/where.js";
export * as optim from "./optim/index.js";
export { Generator, manualSeed } from "./random/generator.js";
export {
  arange,
  empty,
  emptyLike,
  eye,
  full,
  fullLike,
  linspace,
  ones,
  onesLike,
  rand,
  randint,
  randLike,
  randn,
  randnLike,
  randperm,
  tensor,
  zeros,
  zerosLike,
} from "./tensor/create.js";
export * from "./tensor/errors.js";
export { type MemoryStats, memoryStats, setMemoryLimit } from "./tensor/storage.js";
export { type Nested, Tensor } from "./tensor/tensor.js";
