import * as d from "../../ops/dropout/dropout.js";
import { ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { Module } from "../module.js";
import { float, reprOf } from "./repr.js";

type Options = Omit<d.DropoutOptions, "training">;

/** Layers that drop in training and pass everything otherwise. */
export abstract class DropoutLayer extends Module {
  readonly p: number;
  readonly inplace: boolean;
  readonly #apply: (x: Tensor, options: d.DropoutOptions) => Tensor;

  constructor(apply: (x: Tensor, options: d.DropoutOptions) => Tensor, { p = 0.5, inplace = false }: Options) {
    super();
    if (!(p >= 0 && p <= 1))
      throw new ValueError({ op: this.constructor.name, problem: `p is ${p}`, rule: "a probability, from 0 to 1" });
    this.#apply = apply;
    this.p = p;
    this.inplace = inplace;
  }

  override forward(x: Tensor): Tensor {
    return this.#apply(x, { p: this.p, training: this.training, inplace: this.inplace });
  }

  override extraRepr(): string {
    return reprOf({ p: float(this.p), inplace: this.inplace });
  }
}

/** dropout, see nn.functional. Default p 0.5. @source torch.nn.Dropout */
export class Dropout extends DropoutLayer {
  constructor(options: Options = {}) {
    super(d.dropout, options);
  }
}
/** dropout1d, see nn.functional. Default p 0.5. @source torch.nn.Dropout1d */
export class Dropout1d extends DropoutLayer {
  constructor(options: Options = {}) {
    super(d.dropout1d, options);
  }
}
/** dropout2d, see nn.functional. Default p 0.5. @source torch.nn.Dropout2d */
export class Dropout2d extends DropoutLayer {
  constructor(options: Options = {}) {
    super(d.dropout2d, options);
  }
}
/** dropout3d, see nn.functional. Default p 0.5. @source torch.nn.Dropout3d */
export class Dropout3d extends DropoutLayer {
  constructor(options: Options = {}) {
    super(d.dropout3d, options);
  }
}
/** alphaDropout, see nn.functional. Default p 0.5. @source torch.nn.AlphaDropout */
export class AlphaDropout extends DropoutLayer {
  constructor(options: Options = {}) {
    super(d.alphaDropout, options);
  }
}
/** featureAlphaDropout, see nn.functional. Default p 0.5. @source torch.nn.FeatureAlphaDropout */
export class FeatureAlphaDropout extends DropoutLayer {
  constructor(options: Options = {}) {
    super(d.featureAlphaDropout, options);
  }
}
