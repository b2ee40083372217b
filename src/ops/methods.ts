/**
 * The one knot of the library: ops take tensors, and tensors have the ops as methods.
 *
 * Every function in the table becomes a method whose `this` is the function's first argument. Editors complete them with
 * the functions' own signatures and docs.
 */
import { type BackwardIntoOptions, backward } from "../autograd/backward.js";
import { registerHook, retainGrad } from "../autograd/grad.js";
import { Tensor } from "../tensor/tensor.js";
import * as activation from "./activation/methods.js";
import * as creation from "./creation/methods.js";
import * as elementwise from "./elementwise/methods.js";
import * as indexing from "./indexing/methods.js";
import { copy_, fill_, fillDiagonal_, inPlaceForms, zero_ } from "./inPlace.js";
import * as linalg from "./linalg/methods.js";
import * as movedGetters from "./movement/getters.js";
import * as movement from "./movement/methods.js";
import * as random from "./random/methods.js";
import * as reduce from "./reduce/methods.js";
import * as sort from "./sort/methods.js";
import * as special from "./special/methods.js";

const functions = {
  ...activation,
  ...creation,
  ...elementwise,
  ...inPlaceForms,
  copy_,
  fill_,
  fillDiagonal_,
  zero_,
  ...indexing,
  ...linalg,
  ...movement,
  ...random,
  ...reduce,
  ...sort,
  ...special,
  registerHook,
  retainGrad,
  /** Sums gradients of this tensor into the leaves under it. @source torch.Tensor.backward */
  backward: (x: Tensor, gradient: Tensor | null = null, options: BackwardIntoOptions = {}): void =>
    backward([x], [gradient], options),
};

// A parameter `never` matches every function of a tensor, generic ones too.
type Method<F> = F extends (x: never, ...rest: infer Rest) => infer Result ? (...rest: Rest) => Result : never;
type Methods = { [K in Exclude<keyof typeof functions, keyof Overloaded>]: Method<(typeof functions)[K]> };

/** Methods whose result depends on their options: of overloads the mapping would keep the last one only. */
interface Overloaded {
  nonzero(options: { asTuple: true }): Tensor[];
  nonzero(options?: { asTuple?: false | undefined }): Tensor;
}

/** Functions that tensors have as properties: x.T. */
const getters = { ...movedGetters };

type Getters = { readonly [K in keyof typeof getters]: ReturnType<(typeof getters)[K]> };

declare module "../tensor/tensor.js" {
  interface Tensor extends Methods, Overloaded, Getters {}
}

for (const [name, fn] of Object.entries(functions)) {
  const method = function (this: Tensor, ...rest: never[]): unknown {
    // oxlint-disable-next-line typescript/no-unnecessary-type-assertion -- functions of many signatures do not meet without it
    return (fn as (x: Tensor, ...rest: never[]) => unknown)(this, ...rest);
  };
  // What a stack trace calls it.
  Object.defineProperty(method, "name", { value: name });
  Object.defineProperty(Tensor.prototype, name, { value: method, configurable: true, writable: true });
}

for (const [name, fn] of Object.entries(getters)) {
  Object.defineProperty(Tensor.prototype, name, {
    get(this: Tensor) {
      return fn(this);
    },
    configurable: true,
  });
}
