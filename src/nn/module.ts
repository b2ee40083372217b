import { noGrad } from "../autograd/mode.js";
import { formatShape, MytorchError, ShapeError } from "../tensor/errors.js";
import { forgetRecordings, recorder } from "../tensor/recorder.js";
import { Tensor } from "../tensor/tensor.js";
import { Parameter } from "./parameter.js";

/** A state dict's keys or shapes do not fit the module. */
export class StateDictError extends MytorchError {}

export interface LoadOptions {
  /** Missing and unexpected keys are errors. Default true. */
  strict?: boolean | undefined;
}

/** Called before forward; may return other inputs. */
export type ForwardPreHook = (module: Module, inputs: readonly unknown[]) => unknown[] | undefined;
/** Called after forward; may return another output. */
export type ForwardHook = (module: Module, inputs: readonly unknown[], output: unknown) => unknown;

interface Hooks {
  readonly before: ForwardPreHook[];
  readonly after: ForwardHook[];
}

/** A module that takes a tensor and gives one: what Sequential is made of. */
export type Layer = Module & { forward(x: Tensor): Tensor };

/**
 * Base of all layers and models. Parameters and modules that are assigned to fields belong to it, in the order of assignment.
 *
 * @source torch.nn.Module
 */
export abstract class Module {
  #training = true;
  readonly #buffers = new Map<string, Tensor>();
  readonly #parameters = new Map<string, Parameter>();
  readonly #modules = new Map<string, Module>();
  #hooks: Hooks | null = null;

  /** Whether layers such as dropout behave as in training. */
  get training(): boolean {
    const value = this.#training;
    recorder?.assumes(this, () => this.#training === value);
    return value;
  }

  set training(value: boolean) {
    this.#training = value;
  }

  /** Computes the layer's outputs. */
  abstract forward(...inputs: never[]): unknown;

  /** Modules one level below, with their names. */
  *namedChildren(): Generator<[string, Module]> {
    for (const [name, value] of Object.entries(this)) if (value instanceof Module) yield [name, value];
    yield* this.#modules;
  }

  /** Adds a module under a name that no field has; PyTorch's keys need some such. @returns the module */
  registerModule<M extends Module>(name: string, module: M): M {
    this.#modules.set(name, module);
    return module;
  }

  /** Adds a parameter under a name that no field has. @returns the parameter */
  registerParameter(name: string, parameter: Parameter): Parameter {
    this.#parameters.set(name, parameter);
    return parameter;
  }

  /** Calls `hook` before each forward; inputs that it returns take the place of the given ones. @returns a function that removes it */
  registerForwardPreHook(hook: ForwardPreHook): () => void {
    return this.#addHook("before", hook);
  }

  /** Calls `hook` after each forward; an output that it returns takes the output's place. @returns a function that removes it */
  registerForwardHook(hook: ForwardHook): () => void {
    return this.#addHook("after", hook);
  }

  /** Calls `hook` with the gradient of the output, when it is known; for modules with one tensor as output. */
  registerFullBackwardHook(hook: (module: Module, gradOutput: Tensor) => void): () => void {
    return this.registerForwardHook((module, _inputs, output) => {
      if (output instanceof Tensor && output.requiresGrad)
        output.registerHook((grad) => {
          hook(module, grad);
          return undefined;
        });
    });
  }

  /** The first hook puts a forward of its own in front of the class's, so that modules without hooks pay nothing. */
  #addHook<K extends keyof Hooks>(kind: K, hook: Hooks[K][number]): () => void {
    if (this.#hooks === null) {
      const hooks: Hooks = { before: [], after: [] };
      this.#hooks = hooks;
      const forward = this.forward.bind(this) as (...inputs: unknown[]) => unknown;
      const hooked = (...given: unknown[]): unknown => {
        if (hooks.before.length + hooks.after.length > 0) {
          recorder?.refuses(
            this.constructor.name,
            "the module has a hook, which runs JavaScript on each forward",
            "take the hook away, or run the step without capture",
          );
        }
        const inputs = hooks.before.reduce((now, before) => before(this, now) ?? now, given);
        const output = forward(...inputs);
        return hooks.after.reduce((now: unknown, after) => after(this, inputs, now) ?? now, output);
      };
      Object.defineProperty(this, "forward", { value: hooked, enumerable: false, configurable: true });
    }
    const list = this.#hooks[kind] as Hooks[K][number][];
    list.push(hook);
    forgetRecordings();
    return () => {
      const at = list.indexOf(hook);
      if (at >= 0) list.splice(at, 1);
    };
  }

  /** Registers a tensor that is part of the state but not trained. */
  registerBuffer(name: string, value: Tensor): void {
    value.storage.keep();
    this.#buffers.set(name, value);
  }

  *#own(): Generator<[string, Tensor]> {
    for (const [name, value] of Object.entries(this)) if (value instanceof Parameter) yield [name, value];
    yield* this.#parameters;
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
        yield [prefix === "" ? name : `${prefix}.${name}`, value];
      }
    }
  }

  parameters(): Parameter[] {
    return [...this.namedParameters()].map(([, parameter]) => parameter);
  }

  /** A registered buffer. */
  buffer(name: string): Tensor {
    return this.#buffers.get(name) as Tensor;
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
    const forget = (): void => {
      for (const parameter of this.parameters()) parameter.setGrad(null);
    };
    if (recorder === null) forget();
    else recorder.calls(this, "zeroGrad", forget);
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
