import type { DType } from "../backend/dtype.js";
import { relu } from "../ops/activation/relu.js";
import { sigmoid, tanh } from "../ops/activation/sigmoid.js";
import { linear } from "../ops/linalg/matmul.js";
import { flatten } from "../ops/movement/reshape.js";
import { empty } from "../tensor/create.js";
import type { Tensor } from "../tensor/tensor.js";
import { kaimingUniform_, uniform_ } from "./init.js";
import { checkFeatures, Module } from "./module.js";
import { Parameter } from "./parameter.js";

export interface LinearOptions {
  /** Default true. */
  bias?: boolean | undefined;
  dtype?: DType | undefined;
}

/**
 * x · weightᵀ + bias.
 *
 * @shape x [..., inFeatures] → y [..., outFeatures]; weight [outFeatures, inFeatures], bias [outFeatures]
 * @source torch.nn.Linear: both uniform within ±1/√inFeatures
 */
export class Linear extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly inFeatures: number;
  readonly outFeatures: number;

  constructor(inFeatures: number, outFeatures: number, { bias = true, dtype = "float32" }: LinearOptions = {}) {
    super();
    checkFeatures("Linear", { inFeatures, outFeatures });
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = new Parameter(empty(outFeatures, inFeatures, { dtype }));
    kaimingUniform_(this.weight, { a: Math.sqrt(5) });
    this.bias = bias ? new Parameter(empty(outFeatures, { dtype })) : null;
    const bound = inFeatures > 0 ? 1 / Math.sqrt(inFeatures) : 0;
    if (this.bias !== null) uniform_(this.bias, -bound, bound);
  }

  override forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }

  override extraRepr(): string {
    return `inFeatures=${this.inFeatures}, outFeatures=${this.outFeatures}, bias=${this.bias !== null}`;
  }
}

/** max(x, 0). @source torch.nn.ReLU */
export class ReLU extends Module {
  override forward(x: Tensor): Tensor {
    return relu(x);
  }
}

/** 1 / (1 + e⁻ˣ). @source torch.nn.Sigmoid */
export class Sigmoid extends Module {
  override forward(x: Tensor): Tensor {
    return sigmoid(x);
  }
}

/** Hyperbolic tangent. @source torch.nn.Tanh */
export class Tanh extends Module {
  override forward(x: Tensor): Tensor {
    return tanh(x);
  }
}

/** All dimensions from startDim to endDim as one. @source torch.nn.Flatten */
export class Flatten extends Module {
  readonly startDim: number;
  readonly endDim: number;

  constructor({ startDim = 1, endDim = -1 }: { startDim?: number | undefined; endDim?: number | undefined } = {}) {
    super();
    this.startDim = startDim;
    this.endDim = endDim;
  }

  override forward(x: Tensor): Tensor {
    return flatten(x, this.startDim, this.endDim);
  }

  override extraRepr(): string {
    return `startDim=${this.startDim}, endDim=${this.endDim}`;
  }
}

/** Modules one after the other; their names are their numbers. @source torch.nn.Sequential */
export class Sequential extends Module {
  readonly #layers: readonly Module[];

  constructor(...layers: readonly Module[]) {
    super();
    this.#layers = layers;
  }

  override *namedChildren(): Generator<[string, Module]> {
    for (const [i, layer] of this.#layers.entries()) yield [String(i), layer];
  }

  override forward(x: Tensor): Tensor {
    return this.#layers.reduce((y, layer) => layer.forward(y), x);
  }

  get length(): number {
    return this.#layers.length;
  }

  [Symbol.iterator](): Iterator<Module> {
    return this.#layers[Symbol.iterator]();
  }
}
