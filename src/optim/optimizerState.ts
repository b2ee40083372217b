import { noGrad } from "../autograd/mode.js";
import { ValueError } from "../tensor/errors.js";
import { Tensor } from "../tensor/tensor.js";
import type { ParamState } from "./optimizer.js";

/** A saved optimizer: PyTorch's own keys, so that its files fit. */
export interface OptimizerState {
  state: Record<string, Record<string, Tensor | number>>;
  param_groups: ({ params: number[] } & Record<string, unknown>)[];
}

type Group = Record<string, unknown> & { params: Tensor[] };

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Counters and products that PyTorch keeps as tensors of one element. */
const scalars = new Set(["step", "eta", "mu", "mu_product"]);

/** A copy outside of any graph that no optimizer shares. */
const copied = (name: string, value: Tensor | number): Tensor | number => {
  if (!(value instanceof Tensor)) return value;
  if (scalars.has(name) && value.numel() === 1) return value.item();
  const copy = noGrad(() => value.clone());
  copy.storage.keep();
  return copy;
};

const copiedState = (state: Readonly<ParamState>): ParamState =>
  Object.fromEntries(Object.entries(state).map(([name, value]) => [name, copied(name, value)]));

export const saveOptimizer = (groups: readonly object[], states: ReadonlyMap<Tensor, ParamState>): OptimizerState => {
  const all = (groups as readonly Group[]).flatMap(({ params }) => params);
  const position = new Map(all.map((param, i) => [param, i]));
  return {
    state: Object.fromEntries(
      all.flatMap((param, i) => {
        const state = states.get(param);
        return state === undefined ? [] : [[String(i), copiedState(state)]];
      }),
    ),
    param_groups: (groups as readonly Group[]).map(({ params, ...settings }) => ({
      ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [snake(name), structuredClone(value)])),
      params: params.map((param) => position.get(param) as number),
    })),
  };
};

export const loadOptimizer = (
  op: string,
  { state, param_groups }: OptimizerState,
  groups: readonly object[],
  states: Map<Tensor, ParamState>,
): void => {
  const own = groups as readonly Group[];
  const sizes = param_groups.map(({ params }) => params.length);
  const ownSizes = own.map(({ params }) => params.length);
  if (sizes.join() !== ownSizes.join()) {
    throw new ValueError({
      op,
      problem: "the saved optimizer has other groups of parameters",
      rule: "as many groups, each with as many parameters",
      args: { saved: sizes, own: ownSizes },
    });
  }
  const param = new Map<string, Tensor>();
  own.forEach((group, g) => {
    param_groups[g]?.params.forEach((id, i) => {
      param.set(String(id), group.params[i] as Tensor);
    });
  });
  const total = [...param.values()].reduce((sum, x) => sum + x.numel(), 0);
  for (const [id, entry] of Object.entries(state)) checkEntry(op, id, entry, param.get(id), total);
  own.forEach((group, g) => {
    const { params: _ids, ...settings } = param_groups[g] as OptimizerState["param_groups"][number];
    for (const [name, value] of Object.entries(settings)) group[camel(name)] = structuredClone(value);
  });
  states.clear();
  for (const [id, entry] of Object.entries(state)) states.set(param.get(id) as Tensor, copiedState(entry));
};

const checkEntry = (op: string, id: string, entry: ParamState, param: Tensor | undefined, total: number): void => {
  if (param === undefined)
    throw new ValueError({ op, problem: `the saved state names parameter ${id}, which no group has` });
  for (const [name, value] of Object.entries(entry)) {
    if (!(value instanceof Tensor) || value.numel() === 1 || value.shape.join() === param.shape.join()) continue;
    // LBFGS remembers vectors over all parameters.
    if (value.shape.join() === String(total)) continue;
    throw new ValueError({
      op,
      problem: `the saved ${name} of parameter ${id} has another shape than the parameter`,
      args: { [name]: value.shape, parameter: param.shape },
    });
  }
};
