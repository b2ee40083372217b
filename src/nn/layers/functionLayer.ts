import type { Tensor } from "../../tensor/tensor.js";
import { Module } from "../module.js";
import { reprOfArgs } from "./repr.js";

/** A layer without parameters: a function of a tensor, and the arguments that it was made with. */
export class FunctionLayer<A extends readonly unknown[]> extends Module {
  readonly args: A;
  readonly #apply: (x: Tensor, ...args: A) => Tensor;

  constructor(apply: (x: Tensor, ...args: A) => Tensor, args: A) {
    super();
    this.#apply = apply;
    this.args = args;
  }

  override forward(x: Tensor): Tensor {
    return this.#apply(x, ...this.args);
  }

  override extraRepr(): string {
    return reprOfArgs(this.args);
  }
}

/** The layer of a function: its constructor takes what the function takes after the tensor. */
export const layerOf = <A extends readonly unknown[]>(
  apply: (x: Tensor, ...args: A) => Tensor,
): (new (
  ...args: A
) => FunctionLayer<A>) =>
  class extends FunctionLayer<A> {
    constructor(...args: A) {
      super(apply, args);
    }
  };

/** A layer of several tensors, such as a loss. */
export class LossLayer<T extends readonly Tensor[], O extends object> extends Module {
  readonly options: O;
  readonly #apply: (...args: [...T, O]) => Tensor;

  constructor(apply: (...args: [...T, O]) => Tensor, options: O) {
    super();
    this.#apply = apply;
    this.options = options;
  }

  override forward(...tensors: T): Tensor {
    return this.#apply(...tensors, this.options);
  }
}

/** The module of a loss: its constructor takes the loss's options. */
export const lossOf = <T extends readonly Tensor[], O extends object>(
  apply: (...args: [...T, O]) => Tensor,
): (new (
  options?: O,
) => LossLayer<T, O>) =>
  class extends LossLayer<T, O> {
    constructor(options: O = {} as O) {
      super(apply, options);
    }
  };
