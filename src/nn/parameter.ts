import { Tensor } from "../tensor/tensor.js";

/** A tensor that is trained: a module finds it among its fields, and it requires a gradient. */
export class Parameter extends Tensor {
  constructor(data: Tensor, { requiresGrad = true }: { requiresGrad?: boolean | undefined } = {}) {
    super(data.storage, data.shape, data.strides, data.offset);
    data.storage.keep();
    if (requiresGrad) this.requiresGrad_();
  }
}
