import { backend } from "../backend/current.js";
import type { OptimizerOp, StepScalars } from "../backend/ops.js";
import type { Tensor } from "../tensor/tensor.js";

/** Steps of one kernel with equal numbers, which are taken together: one call for many small parameters. */
export class StepBatch {
  #op: OptimizerOp = "sgd";
  #scalars: StepScalars = {};
  #params: Tensor[] = [];
  #grads: Tensor[] = [];
  #states: (readonly Tensor[])[] = [];

  /** Adds the step of one parameter, after running those before it that it cannot go with. */
  add(op: OptimizerOp, param: Tensor, grad: Tensor, states: readonly Tensor[], scalars: StepScalars): void {
    if (!this.#takes(op, param, scalars)) this.run();
    this.#op = op;
    this.#scalars = scalars;
    this.#params.push(param);
    this.#grads.push(grad);
    this.#states.push(states);
  }

  /** Of two parameters in one storage, which may overlap, the second sees what the first became. */
  #takes(op: OptimizerOp, { dtype, storage }: Tensor, scalars: StepScalars): boolean {
    const [first] = this.#params;
    if (first === undefined) return true;
    if (op !== this.#op || dtype !== first.dtype) return false;
    if (scalars !== this.#scalars) for (const name in scalars) if (scalars[name] !== this.#scalars[name]) return false;
    return !this.#params.some((param) => param.storage === storage);
  }

  /** Takes all steps that were added. */
  run(): void {
    const [params, grads, states] = [this.#params, this.#grads, this.#states];
    if (params.length === 0) return;
    this.#params = [];
    this.#grads = [];
    this.#states = [];
    backend().optimizerStep(this.#op, params, grads, states, this.#scalars);
    for (const { storage } of params) storage.version++;
  }
}
