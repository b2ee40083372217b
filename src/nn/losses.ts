import { type CrossEntropyOptions, crossEntropy } from "../ops/loss/crossEntropy.js";
import type { LossOptions } from "../ops/loss/reduction.js";
import { mseLoss } from "../ops/loss/regression.js";
import type { Tensor } from "../tensor/tensor.js";
import { Module } from "./module.js";

/** (input − target)², averaged. @throws ShapeError when the shapes differ @source torch.nn.MSELoss */
export class MSELoss extends Module {
  readonly #options: LossOptions;

  constructor(options: LossOptions = {}) {
    super();
    this.#options = options;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return mseLoss(input, target, this.#options);
  }
}

/** −ln softmax(input)[target], averaged; in nats. @source torch.nn.CrossEntropyLoss */
export class CrossEntropyLoss extends Module {
  readonly #options: CrossEntropyOptions;

  constructor(options: CrossEntropyOptions = {}) {
    super();
    this.#options = options;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return crossEntropy(input, target, this.#options);
  }
}
