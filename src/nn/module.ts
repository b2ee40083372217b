import { noGrad } from "../autograd/mode.js";
import { formatShape, MytorchError, ShapeError } from "../tensor/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { Parameter } from "./parameter.js";

/** A state dict's keys or shapes do not fit the module. */
export class StateDictError extends MytorchError {}

export interface LoadOptions {
  /** Missing and unexpected keys are errors. Default true. */
  strict?: boolean | undefined;
}

/**
 * Base of all layers and models. Parameters and modules that are assigned to fields belong to it, in the order of assignment.
 *
 * @source torch.nn.Module
 */
export abstract class Module {
  /** Whether layers such as dropout behave as in training. */
  training = true;
  readonly #buffers = new Map<string, Tensor>();

  abstract forward(...inputs: readonly Tensor[]): Tensor;

  /** Modules one level below, with their names. */
  *namedChildren(): Generator<[string, Module]> {
    for (const [name, value] of Object.entries(this)) if (value instanceof Module) yield [name, value];
  }

  /** Registers a tensor that is part of the state but not trained. */
  registerBuffer(name: string, value: Tensor): void {
    value.storage.keep();
    this.#buffers.set(name, value);
  }

  *#own(): Generator<[string, Tensor]> {
    for (const [name, value] of Object.entries(this)) if (value instanceof Parameter) yield [name, value];
  }

  /** This module and all below, with dotted names; a shared one once. */
  *namedModules(prefix = "", seen = new Set<Module>()): Generator<[string, Module]> {
    if (seen.has(this)) return;
    seen.add(this);
    yield [prefix, this];
    for (const [name, child] of this.namedChildren())
      yield* child.namedModules(prefix === "" ? name : `${prefix}.${name}`, seen);
  }

  modules(): Module[] {
    return [...this.namedModules()].map(([, module]) => module);
  }

  children(): Module[] {
    return [...this.namedChildren()].map(([, module]) => module);
  }

  /** Trainable tensors with dotted names; a shared one once. */
  *namedParameters(): Generator<[string, Parameter]> {
    const seen = new Set<Tensor>();
    for (const [prefix, module] of this.namedModules()) {
      for (const [name, value] of module.#own()) {
        if (seen.has(value)) continue;
        seen.add(value);
        yield [prefix === "" ? name : `${prefix}.${name}`, value as Parameter];
      }
    }
  }

  parameters(): Parameter[] {
    return [...this.namedParameters()].map(([, parameter]) => parameter);
  }

  *namedBuffers(): Generator<[string, Tensor]> {
    for (const [prefix, module] of this.namedModules()) {
      for (const [name, value] of module.#buffers) yield [prefix === "" ? name : `${prefix}.${name}`, value];
    }
  }

  /** Parameters and buffers by PyTorch's keys; they share memory with the module. */
  stateDict(): Record<string, Tensor> {
    const state: Record<string, Tensor> = {};
    for (const [name, value] of [...this.namedParameters(), ...this.namedBuffers()]) state[name] = value.detach();
    return state;
  }

  /**
   * Copies values into parameters and buffers.
   *
   * @throws StateDictError that lists every missing, unexpected and wrong-shaped key; nothing is copied then
   */
  loadStateDict(state: Readonly<Record<string, Tensor>>, { strict = true }: LoadOptions = {}): void {
    const own = new Map<string, Tensor>([...this.namedParameters(), ...this.namedBuffers()]);
    const missing = strict ? [...own.keys()].filter((key) => !(key in state)) : [];
    const unexpected = strict ? Object.keys(state).filter((key) => !own.has(key)) : [];
    const misfits = [...own].filter(([key, value]) => state[key] && state[key].shape.join() !== value.shape.join());
    if (missing.length + unexpected.length + misfits.length > 0) {
      throw new StateDictError({
        op: "loadStateDict",
        problem: "the state does not fit the module",
        args: {
          ...(missing.length > 0 && { missing: missing.join(", ") }),
          ...(unexpected.length > 0 && { unexpected: unexpected.join(", ") }),
          ...Object.fromEntries(
            misfits.map(([key, value]) => [
              key,
              `${formatShape((state[key] as Tensor).shape)} in the state, ${formatShape(value.shape)} in the module`,
            ]),
          ),
        },
      });
    }
    noGrad(() => {
      for (const [key, value] of own) if (state[key]) value.copy_(state[key]);
    });
  }

  /** Switches this module and all below to training. */
  train(isTraining = true): this {
    for (const module of this.modules()) module.training = isTraining;
    return this;
  }

  eval(): this {
    return this.train(false);
  }

  /** Forgets all gradients. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.setGrad(null);
  }

  requiresGrad_(value = true): this {
    for (const parameter of this.parameters()) parameter.requiresGrad_(value);
    return this;
  }

  /** Calls `fn` with every module below, and this one last. */
  apply(fn: (module: Module) => void): this {
    for (const child of this.children()) child.apply(fn);
    fn(this);
    return this;
  }

  /** What stands in the brackets of `toString`. */
  extraRepr(): string {
    return "";
  }

  /** The tree of modules, as PyTorch prints it. */
  toString(): string {
    const children = [...this.namedChildren()].map(
      ([name, child]) => `(${name}): ${child.toString().replaceAll("\n", "\n  ")}`,
    );
    const name = this.constructor.name;
    if (children.length === 0) return `${name}(${this.extraRepr()})`;
    return `${name}(\n  ${children.join("\n  ")}\n)`;
  }
}

/** @throws ShapeError when a size of a layer is not a positive integer */
export const checkFeatures = (op: string, sizes: Readonly<Record<string, number>>): void => {
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isInteger(size) || size < 0) {
      throw new ShapeError({
        op,
        problem: `${name} is ${size}`,
        rule: "sizes are integers from 0 up",
        args: { [name]: String(size) },
      });
    }
  }
};
