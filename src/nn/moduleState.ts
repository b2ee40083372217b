import { noGrad } from "../autograd/mode.js";
import { formatShape, MytorchError } from "../tensor/errors.js";
import { Tensor } from "../tensor/tensor.js";
import type { Module } from "./module.js";

/** A state dict's keys or shapes do not fit the module. */
export class StateDictError extends MytorchError {}

/** Parameters and buffers by PyTorch's keys. */
export type StateDict = Record<string, Tensor>;

export interface StateDictOptions {
  /** Put before every key. Default "". */
  prefix?: string | undefined;
  /** The module's own tensors instead of detached ones. Default false. */
  keepVars?: boolean | undefined;
}

export interface LoadOptions {
  /** Missing and unexpected keys are errors. Default true. */
  strict?: boolean | undefined;
}

/** Keys that a state dict has too few or too many. */
export interface IncompatibleKeys {
  readonly missingKeys: readonly string[];
  readonly unexpectedKeys: readonly string[];
}

/** Called before a module's part of a state dict is made. */
export type StateDictPreHook = (module: Module, prefix: string, keepVars: boolean) => void;
/** Called when a module's part of a state dict is there (modules below included); may change it. */
export type StateDictPostHook = (module: Module, state: StateDict, prefix: string) => void;
/** Called before a module's part of a state dict is read; may rename, add or delete entries of `state`, a copy. */
export type LoadStateDictPreHook = (module: Module, state: StateDict, prefix: string, strict: boolean) => void;
/** Called after a module's part was read. */
export type LoadStateDictPostHook = (module: Module, keys: IncompatibleKeys) => void;

export interface StateHooks {
  readonly savePre: StateDictPreHook[];
  readonly savePost: StateDictPostHook[];
  readonly loadPre: LoadStateDictPreHook[];
  readonly loadPost: LoadStateDictPostHook[];
}

/** One module's own share: what it saves, its modules below, its hooks. */
export interface StatePart {
  readonly tensors: readonly (readonly [string, Tensor])[];
  readonly children: readonly (readonly [string, Module])[];
  readonly hooks: StateHooks | null;
}

/** How the functions below look into a module. */
type PartOf = (module: Module) => StatePart;

/** Collects the state of a module and all below; what is shared stands under each of its names, as in PyTorch. */
export const saveState = (
  partOf: PartOf,
  module: Module,
  { prefix = "", keepVars = false }: StateDictOptions,
  state: StateDict = {},
): StateDict => {
  const { tensors, children, hooks } = partOf(module);
  for (const hook of hooks?.savePre ?? []) hook(module, prefix, keepVars);
  for (const [name, value] of tensors) state[prefix + name] = keepVars ? value : value.detach();
  for (const [name, child] of children) saveState(partOf, child, { prefix: `${prefix}${name}.`, keepVars }, state);
  for (const hook of hooks?.savePost ?? []) hook(module, state, prefix);
  return state;
};

/** Every module with the prefix of its keys; a shared one under each of its names. */
function* partsOf(partOf: PartOf, module: Module, prefix: string): Generator<[string, Module, StatePart]> {
  const part = partOf(module);
  yield [prefix, module, part];
  for (const [name, child] of part.children) yield* partsOf(partOf, child, `${prefix}${name}.`);
}

/** Checks everything, then copies: a state that does not fit changes nothing. */
export const loadState = (
  partOf: PartOf,
  module: Module,
  given: Readonly<StateDict>,
  strict: boolean,
): IncompatibleKeys => {
  const state: StateDict = { ...given };
  const parts = [...partsOf(partOf, module, "")];
  for (const [prefix, part, { hooks }] of parts)
    for (const hook of hooks?.loadPre ?? []) hook(part, state, prefix, strict);
  const own = new Map(
    parts.flatMap(([prefix, , { tensors }]) => tensors.map(([name, value]) => [prefix + name, value] as const)),
  );
  const missingKeys = [...own.keys()].filter((key) => !Object.hasOwn(state, key));
  const unexpectedKeys = Object.keys(state).filter((key) => !own.has(key));
  const misfits = [...own].flatMap(([key, value]) => {
    const problem = Object.hasOwn(state, key) ? misfitOf(state[key], value) : null;
    return problem === null ? [] : [[key, problem] as const];
  });
  const lists = strict ? missingKeys.length + unexpectedKeys.length : 0;
  if (lists + misfits.length > 0) {
    throw new StateDictError({
      op: "loadStateDict",
      problem: `the state does not fit the ${module.constructor.name}; nothing was loaded`,
      rule: "a tensor of the same shape under each of the module's keys, and no other",
      args: {
        ...(strict && missingKeys.length > 0 && { missing: missingKeys.join(", ") }),
        ...(strict && unexpectedKeys.length > 0 && { unexpected: unexpectedKeys.join(", ") }),
        ...Object.fromEntries(misfits),
      },
      hint: hintOf(missingKeys, unexpectedKeys, misfits.length),
    });
  }
  noGrad(() => {
    for (const [key, value] of own) if (Object.hasOwn(state, key)) value.copy_(state[key] as Tensor);
  });
  const keys = { missingKeys, unexpectedKeys };
  for (const [, part, { hooks }] of parts.toReversed()) for (const hook of hooks?.loadPost ?? []) hook(part, keys);
  return keys;
};

const misfitOf = (given: unknown, own: Tensor): string | null => {
  if (!(given instanceof Tensor)) return `not a tensor but ${given === null ? "null" : typeof given}`;
  if (given.storage.isReleased) return "its memory was given back";
  if (given.shape.join() === own.shape.join()) return null;
  return `${formatShape(given.shape)} in the state, ${formatShape(own.shape)} in the module`;
};

const hintOf = (missing: readonly string[], unexpected: readonly string[], misfits: number): string | undefined => {
  const prefix = unexpected[0]?.split(".", 1)[0];
  if (prefix !== undefined && unexpected.every((key) => missing.includes(key.slice(prefix.length + 1))))
    return `every key begins with "${prefix}.", as when it was saved from a module around this one`;
  return misfits === 0 ? "pass { strict: false } to load the keys that both have" : undefined;
};
