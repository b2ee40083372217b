import { backend } from "../backend/current.js";
import { zerosLike } from "../tensor/create.js";
import { ValueError } from "../tensor/errors.js";
import type { Tensor } from "../tensor/tensor.js";

export interface SGDOptions {
  /** Learning rate, above 0. */
  lr: number;
  /** Share of the last step that is kept. Default 0. */
  momentum?: number | undefined;
  /** Share of the gradient that momentum leaves out. Default 0. */
  dampening?: number | undefined;
  /** Pull towards 0. Default 0. */
  weightDecay?: number | undefined;
  /** Look ahead along the momentum. Default false. */
  nesterov?: boolean | undefined;
  /** Climb instead of descend. Default false. */
  maximize?: boolean | undefined;
}

type Settings = Required<{ [K in keyof SGDOptions]: Exclude<SGDOptions[K], undefined> }>;

export interface ParamGroup extends Settings {
  params: Tensor[];
}

/**
 * Stochastic gradient descent with momentum.
 *
 * g = grad + weightDecay · p; v = momentum · v + (1 − dampening) · g; p ← p − lr · v (or g + momentum · v with nesterov).
 *
 * @throws ValueError for rates that are negative or do not fit together
 * @source torch.optim.SGD
 */
export class SGD {
  readonly paramGroups: ParamGroup[];
  readonly #buffers = new Map<Tensor, Tensor>();

  constructor(
    params: readonly Tensor[] | readonly (Partial<SGDOptions> & { params: readonly Tensor[] })[],
    options: SGDOptions,
  ) {
    const defaults: Settings = {
      momentum: 0,
      dampening: 0,
      weightDecay: 0,
      nesterov: false,
      maximize: false,
      ...defined(options),
    } as Settings;
    const groups =
      params.length > 0 && !("storage" in (params[0] as object))
        ? (params as readonly { params: readonly Tensor[] }[])
        : [{ params: params as readonly Tensor[] }];
    this.paramGroups = groups.map(
      (group) => ({ ...defaults, ...defined(group), params: [...group.params] }) as ParamGroup,
    );
    for (const group of this.paramGroups) check(group);
  }

  /** Changes every parameter that has a gradient. */
  step(): void {
    for (const group of this.paramGroups) {
      for (const param of group.params) {
        const grad = param.gradValue;
        if (grad === null) continue;
        let buffer = this.#buffers.get(param) ?? null;
        const isFirstStep = buffer === null;
        if (group.momentum !== 0 && buffer === null) {
          buffer = zerosLike(param);
          buffer.storage.keep();
          this.#buffers.set(param, buffer);
        }
        backend().sgdStep(param, grad, group.momentum === 0 ? null : buffer, { ...group, isFirstStep });
        param.storage.version++;
      }
    }
  }

  /** Forgets the gradients. */
  zeroGrad(): void {
    for (const { params } of this.paramGroups) for (const param of params) param.setGrad(null);
  }
}

const defined = <T extends object>(options: T): T =>
  Object.fromEntries(Object.entries(options).filter(([, v]) => v !== undefined)) as T;

const check = ({ params, lr, momentum, dampening, weightDecay, nesterov }: ParamGroup): void => {
  const fail = (problem: string, rule: string): never => {
    throw new ValueError({ op: "SGD", problem, rule });
  };
  if (params.length === 0) fail("there are no parameters to train", "a list of tensors that is not empty");
  if (!(lr >= 0)) fail(`the learning rate is ${lr}`, "a number from 0 up");
  if (!(momentum >= 0)) fail(`momentum is ${momentum}`, "a number from 0 up");
  if (!(weightDecay >= 0)) fail(`weightDecay is ${weightDecay}`, "a number from 0 up");
  if (nesterov && (momentum <= 0 || dampening !== 0))
    fail("nesterov does not fit", "nesterov needs momentum above 0 and no dampening");
  for (const param of params) if (!param.isLeaf) fail("a parameter is the result of an op", "optimizers change leaves");
};
