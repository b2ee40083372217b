import "./ops/methods.js";

export * as autograd from "./autograd/index.js";
export { enableGrad, isGradEnabled, noGrad, noGrad as inferenceMode } from "./autograd/mode.js";
export { scope } from "./autograd/scope.js";
export { BlasError, type BlasInfo, blasInfo, setBlas } from "./backend/blas/blas.js";
export { setBackend } from "./backend/current.js";
export type { DType, TypedArray } from "./backend/dtype.js";
export { type BackendInfo, type BuildInfo, backendInfo, type ThreadInfo } from "./backend/info.js";
export { ThreadError } from "./backend/wasm/pool.js";
export { type CaptureOptions, capture } from "./capture/capture.js";
export * as data from "./data/index.js";
export * as nn from "./nn/index.js";
export * from "./ops/activation/index.js";
export * from "./ops/conv/index.js";
export * from "./ops/creation/index.js";
export * from "./ops/elementwise/index.js";
export * from "./ops/indexing/index.js";
export * from "./ops/linalg/index.js";
export * as linalg from "./ops/linalg/namespace.js";
export * from "./ops/movement/index.js";
export * from "./ops/random/index.js";
export * from "./ops/reduce/index.js";
export * from "./ops/sort/index.js";
export * from "./ops/special/index.js";
export * as special from "./ops/special/namespace.js";
export * as optim from "./optim/index.js";
export {
  Generator,
  type GeneratorState,
  getRngState,
  initialSeed,
  manualSeed,
  setRngState,
} from "./random/generator.js";
export {
  arange,
  empty,
  emptyLike,
  eye,
  full,
  fullLike,
  linspace,
  logspace,
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
export { type FloatInfo, finfo, iinfo } from "./tensor/dtypeInfo.js";
export * from "./tensor/errors.js";
export { type Leak, type LeakReport, leakReport } from "./tensor/leakReport.js";
export { canCast, promoteTypes, resultType } from "./tensor/promotion.js";
export { type MemoryStats, memoryStats, setMemoryLimit } from "./tensor/storage.js";
export { type Nested, Tensor } from "./tensor/tensor.js";
export { getNumThreads, setNumThreads } from "./tensor/threads.js";
