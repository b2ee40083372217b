import type { DType } from "../../backend/dtype.js";
import { linear } from "../../ops/linalg/matmul.js";
import { bilinear } from "../../ops/linalg/products.js";
import { empty } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";
import { kaimingUniform_, uniform_ } from "../init.js";
import { checkFeatures, Module } from "../module.js";
import { Parameter } from "../parameter.js";
import { reprOf } from "./repr.js";

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
    return reprOf({ in_features: this.inFeatures, out_features: this.outFeatures, bias: this.bias !== null });
  }
}

/** x itself. @source torch.nn.Identity */
export class Identity extends Module {
  override forward(x: Tensor): Tensor {
    return x;
  }
}

/**
 * Σ x1[i] · weight[o, i, j] · x2[j] + bias[o].
 *
 * @shape x1 [..., in1Features], x2 [..., in2Features] → [..., outFeatures]
 * @source torch.nn.Bilinear: both uniform within ±1/√in1Features
 */
export class Bilinear extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(
    in1Features: number,
    in2Features: number,
    outFeatures: number,
    { bias = true, dtype = "float32" }: LinearOptions = {},
  ) {
    super();
    checkFeatures("Bilinear", { in1Features, in2Features, outFeatures });
    this.weight = new Parameter(empty(outFeatures, in1Features, in2Features, { dtype }));
    this.bias = bias ? new Parameter(empty(outFeatures, { dtype })) : null;
    const bound = 1 / Math.sqrt(in1Features);
    uniform_(this.weight, -bound, bound);
    if (this.bias !== null) uniform_(this.bias, -bound, bound);
  }

  override forward(x1: Tensor, x2: Tensor): Tensor {
    return bilinear(x1, x2, this.weight, this.bias);
  }

  override extraRepr(): string {
    const [outFeatures, in1, in2] = this.weight.shape;
    return reprOf({ in1_features: in1, in2_features: in2, out_features: outFeatures, bias: this.bias !== null });
  }
}
