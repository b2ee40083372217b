/**
 * The one knot of the library: ops take tensors, and tensors have the ops as methods.
 *
 * Every function in the table becomes a method whose `this` is the function's first argument. Editors complete them with
 * the functions' own signatures and docs.
 */
import { type BackwardOptions, backward } from "../autograd/backward.js";
import { registerHook, retainGrad } from "../autograd/grad.js";
import { Tensor } from "../tensor/tensor.js";
import * as arithmetic from "./arithmetic.js";
import { broadcastTo, expand } from "./broadcast.js";
import { clone, contiguous, to } from "./cast.js";
import { clamp } from "./clamp.js";
import * as compare from "./compare.js";
import { equal, gather, indexSelect } from "./indexing.js";
import * as inPlaceOps from "./inPlaceOps.js";
import { bmm, dot, matmul, mm, mv, outer } from "./matmul.js";
import { flatten, movedim, permute, reshape, squeeze, t, transpose, unflatten, unsqueeze, view } from "./movement.js";
import { all, amax, amin, any, argmax, argmin, logsumexp, mean, prod, std, sum, variance } from "./reduce.js";
import { chunk, narrow, select, split, unbind } from "./slice.js";
import { logSoftmax, softmax } from "./softmax.js";
import * as unary from "./unary.js";

const functions = {
  ...arithmetic,
  ...compare,
  ...unary,
  ...inPlaceOps,
  all,
  amax,
  amin,
  any,
  argmax,
  argmin,
  bmm,
  broadcastTo,
  chunk,
  clamp,
  clone,
  contiguous,
  dot,
  equal,
  expand,
  flatten,
  gather,
  indexSelect,
  logSoftmax,
  logsumexp,
  matmul,
  mean,
  mm,
  movedim,
  mv,
  narrow,
  outer,
  permute,
  prod,
  registerHook,
  reshape,
  retainGrad,
  select,
  softmax,
  split,
  squeeze,
  std,
  sum,
  t,
  to,
  transpose,
  unbind,
  unflatten,
  unsqueeze,
  var: variance,
  view,
  /** Sums gradients of this tensor into the leaves under it. @source torch.Tensor.backward */
  backward: (x: Tensor, gradient: Tensor | null = null, options: BackwardOptions = {}): void =>
    backward([x], [gradient], options),
};

// biome-ignore lint/suspicious/noExplicitAny: matches every function whose first parameter is a tensor, generic ones too
type Method<F> = F extends (x: any, ...rest: infer Rest) => infer Result ? (...rest: Rest) => Result : never;
type Methods = { [K in keyof typeof functions]: Method<(typeof functions)[K]> };

declare module "../tensor/tensor.js" {
  interface Tensor extends Methods {}
}

for (const [name, fn] of Object.entries(functions)) {
  Object.defineProperty(Tensor.prototype, name, {
    value(this: Tensor, ...rest: never[]) {
      return (fn as (x: Tensor, ...rest: never[]) => unknown)(this, ...rest);
    },
    configurable: true,
    writable: true,
  });
}
