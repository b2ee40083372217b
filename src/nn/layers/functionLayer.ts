import { Tensor } from "../../tensor/tensor.js";
import { Module } from "../module.js";
import { snake } from "./repr.js";

/** A layer without parameters: a function of a tensor, and the arguments that it was made with. */
export class FunctionLayer<A extends readonly unknown[]> extends Module {
  readonly args: A;
  readonly #apply: (x: Tensor, ...args: A) => Tensor;
  readonly #repr: (...args: A) => string;

  constructor(apply: (x: Tensor, ...args: A) => Tensor, args: A, repr: (...args: A) => string) {
    super();
    this.#apply = apply;
    this.#repr = repr;
    this.args = args;
  }

  override forward(x: Tensor): Tensor {
    return this.#apply(x, ...this.args);
  }

  override extraRepr(): string {
    return this.#repr(...this.args);
  }
}

/** The layer of a function: its constructor takes what the function takes after the tensor; `repr` says how it is printed. */
export const layerOf = <A extends readonly unknown[]>(
  apply: (x: Tensor, ...args: A) => Tensor,
  repr: (...args: A) => string = () => "",
): (new (
  ...args: A
) => FunctionLayer<A>) =>
  class extends FunctionLayer<A> {
    constructor(...args: A) {
      super(apply, args, repr);
    }
  };

/** A layer of several tensors, such as a loss. */
export class LossLayer<T extends readonly Tensor[], O extends object> extends Module {
  readonly options: O;
  readonly #apply: (...args: [...T, O]) => Tensor;

  constructor(apply: (...args: [...T, O]) => Tensor, options: O) {
    super();
    this.#apply = apply;
    // Weights of classes are part of the state, under PyTorch's names.
    const named = options as Readonly<Record<string, unknown>>;
    const weights = Object.entries({ weight: named.weight, posWeight: named.posWeight }).flatMap(([name, value]) =>
      value instanceof Tensor ? [[name, this.registerBuffer(snake(name), value.detach())] as const] : [],
    );
    this.options = { ...options, ...Object.fromEntries(weights) };
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
