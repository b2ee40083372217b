import { noGrad } from "../autograd/mode.js";
import type { DType } from "../backend/dtype.js";
import { to } from "../ops/elementwise/cast.js";
import { DTypeError, ShapeError, ValueError } from "../tensor/errors.js";
import { recorder } from "../tensor/recorder.js";
import type { Tensor } from "../tensor/tensor.js";
import { Hookable } from "./moduleHooks.js";
import {
  type IncompatibleKeys,
  type LoadOptions,
  loadState,
  type StateDict,
  type StateDictOptions,
  type StatePart,
  saveState,
} from "./moduleState.js";
import { Parameter } from "./parameter.js";
import { checkRegistered } from "./unregistered.js";

/** A module that takes a tensor and gives one: what Sequential is made of. */
export type Layer = Module & { forward(x: Tensor): Tensor };

export interface NamedOptions {
  /** Put before every name. Default "". */
  prefix?: string | undefined;
  /** Modules below too. Default true. */
  recurse?: boolean | undefined;
  /** A shared one once, under its first name. Default true. */
  removeDuplicate?: boolean | undefined;
}

interface Buffer {
  readonly tensor: Tensor;
  readonly isPersistent: boolean;
}

/**
 * Base of all layers and models. Parameters and modules that are assigned to fields belong to it, in the order of assignment;
 * a field that is private by `#` stays outside, and a list of modules goes into a ModuleList.
 *
 * @source torch.nn.Module
 */
export abstract class Module extends Hookable {
  #training = true;
  readonly #buffers = new Map<string, Buffer>();
  readonly #parameters = new Map<string, Parameter>();
  readonly #modules = new Map<string, Module>();
  /** Tensors that are computed from other parameters under the name of one. */
  readonly #computed = new Map<string, () => Tensor>();

  // --- what belongs to it -----------------------------------------------------------------------------------------

  /** Adds a module under a name that no field has; PyTorch's keys need some such. @returns the module */
  registerModule<M extends Module>(name: string, module: M): M {
    this.#checkName("registerModule", name);
    this.#modules.set(name, module);
    return module;
  }

  /** Adds a parameter under a name that no field has. @returns the parameter */
  registerParameter(name: string, parameter: Parameter): Parameter {
    this.#checkName("registerParameter", name);
    this.#parameters.set(name, parameter);
    return parameter;
  }

  /** Registers a tensor that is part of the state but not trained; one that is not `persistent` (default true) is not saved. */
  registerBuffer(
    name: string,
    tensor: Tensor,
    { persistent = true }: { persistent?: boolean | undefined } = {},
  ): Tensor {
    this.#checkName("registerBuffer", name);
    tensor.storage.keep();
    this.#buffers.set(name, { tensor, isPersistent: persistent });
    return tensor;
  }

  /** @throws ValueError for a name that is empty, has a dot, or is taken */
  #checkName(op: string, name: string): void {
    const isTaken = this.#parameters.has(name) || this.#modules.has(name) || this.#buffers.has(name);
    if (name !== "" && !name.includes(".") && !isTaken && !Object.hasOwn(this, name)) return;
    throw new ValueError({
      op,
      problem: isTaken || Object.hasOwn(this, name) ? `"${name}" is taken` : `"${name}" is no name`,
      rule: "a name that is not empty, has no dot, and is new to the module",
    });
  }

  /** @internal Forgets a parameter and puts a computed tensor in its place. @returns the parameter */
  replaceParameter(name: string, compute: () => Tensor): Parameter {
    const parameter = this.#ownParameter(name);
    if (!this.#parameters.delete(name))
      Object.defineProperty(this, name, { get: compute, enumerable: false, configurable: true });
    this.#computed.set(name, compute);
    return parameter;
  }

  /** @internal Puts a parameter back where `replaceParameter` took one away. */
  restoreParameter(name: string, parameter: Parameter): void {
    this.#computed.delete(name);
    if (!Object.hasOwn(this, name)) this.registerParameter(name, parameter);
    else Object.defineProperty(this, name, { value: parameter, enumerable: true, configurable: true, writable: true });
  }

  /** @internal Forgets a parameter or a buffer that was registered by name. @returns it */
  unregister(name: string): Tensor {
    const tensor = this.#parameters.get(name) ?? this.#buffers.get(name)?.tensor;
    if (tensor === undefined) throw this.#missing("unregister", name, [...this.#parameters.keys()]);
    this.#parameters.delete(name);
    this.#buffers.delete(name);
    return tensor;
  }

  /** @internal The parameter of that name as forward uses it: itself, or what is computed in its place. */
  tensorOf(name: string): Tensor {
    return this.#computed.get(name)?.() ?? this.#ownParameter(name);
  }

  #ownParameter(name: string): Parameter {
    const found = new Map(this.#own()).get(name);
    if (found instanceof Parameter) return found;
    throw this.#missing("getParameter", name, [...new Map(this.#own()).keys()]);
  }

  #missing(op: string, name: string, known: readonly string[]): ValueError {
    const rule = known.length === 0 ? "it has none" : `one of ${known.join(", ")}`;
    return new ValueError({ op, problem: `${this.constructor.name} has no "${name}"`, rule });
  }

  *#own(): Generator<[string, Parameter]> {
    for (const [name, value] of Object.entries(this)) if (value instanceof Parameter) yield [name, value];
    yield* this.#parameters;
  }

  /** Modules one level below, with their names; one that is there twice once. */
  *namedChildren(): Generator<[string, Module]> {
    const seen = new Set<Module>();
    for (const [name, module] of this.childEntries()) {
      if (seen.has(module)) continue;
      seen.add(module);
      yield [name, module];
    }
  }

  /** Modules one level below under all of their names. */
  protected *childEntries(): Generator<[string, Module]> {
    for (const [name, value] of Object.entries(this)) if (value instanceof Module) yield [name, value];
    yield* this.#modules;
  }

  /** This module and all below, with dotted names; a shared one once. */
  *namedModules(prefix = "", seen = new Set<Module>()): Generator<[string, Module]> {
    if (seen.has(this)) return;
    seen.add(this);
    yield [prefix, this];
    for (const [name, child] of this.namedChildren())
      yield* child.namedModules(prefix === "" ? name : `${prefix}.${name}`, seen);
  }

  /** This module and all below; a shared one once. */
  modules(): Module[] {
    return [...this.namedModules()].map(([, module]) => module);
  }

  /** Modules one level below. */
  children(): Module[] {
    return [...this.namedChildren()].map(([, module]) => module);
  }

  /** Modules whose tensors are listed, with what stands before their names. */
  #listed({ prefix = "", recurse = true, removeDuplicate = true }: NamedOptions): [string, Module][] {
    const dotted = (name: string): string => [prefix, name].filter((part) => part !== "").join(".");
    if (!recurse) return [[dotted(""), this]];
    if (removeDuplicate) return [...this.namedModules()].map(([name, module]) => [dotted(name), module]);
    const all = (name: string, module: Module): [string, Module][] => [
      [name, module],
      ...[...module.childEntries()].flatMap(([key, child]) => all(name === "" ? key : `${name}.${key}`, child)),
    ];
    return all(dotted(""), this);
  }

  /** All that is registered here and below. */
  #registered(): Set<object> {
    return new Set(
      this.modules().flatMap((module) => [module, ...[...module.#own()].map(([, parameter]) => parameter)]),
    );
  }

  #namedTensors<T extends Tensor>(
    options: NamedOptions,
    listOf: (module: Module) => Iterable<[string, T]>,
  ): [string, T][] {
    const seen = new Set<T>();
    return this.#listed(options).flatMap(([prefix, module]) =>
      [...listOf(module)].flatMap(([name, tensor]): [string, T][] => {
        if (options.removeDuplicate !== false && seen.has(tensor)) return [];
        seen.add(tensor);
        return [[prefix === "" ? name : `${prefix}.${name}`, tensor]];
      }),
    );
  }

  /**
   * Trainable tensors with dotted names; a shared one once.
   *
   * @throws ValueError for modules or parameters in an array, a Map or a plain object that no one registered
   */
  *namedParameters(options: NamedOptions = {}): Generator<[string, Parameter]> {
    checkRegistered(this.#listed(options), () => this.#registered());
    yield* this.#namedTensors(options, (module) => module.#own());
  }

  /** Trainable tensors; a shared one once. */
  parameters(): Parameter[] {
    return [...this.namedParameters()].map(([, parameter]) => parameter);
  }

  /** Buffers with dotted names; a shared one once. */
  *namedBuffers(options: NamedOptions = {}): Generator<[string, Tensor]> {
    yield* this.#namedTensors(options, (module) =>
      [...module.#buffers].map(([name, { tensor }]): [string, Tensor] => [name, tensor]),
    );
  }

  /** Tensors that are part of the state but not trained. */
  buffers(): Tensor[] {
    return [...this.namedBuffers()].map(([, tensor]) => tensor);
  }

  /** The module of a dotted name; "" is this one. @throws ValueError when there is none */
  getSubmodule(path: string): Module {
    if (path === "") return this;
    return path.split(".").reduce<Module>((module, name) => {
      const children = new Map(module.childEntries());
      const child = children.get(name);
      if (child !== undefined) return child;
      throw module.#missing("getSubmodule", name, [...children.keys()]);
    }, this);
  }

  /** The parameter of a dotted name. @throws ValueError when there is none */
  getParameter(path: string): Parameter {
    const [owner, name] = this.#ownerOf(path);
    return owner.#ownParameter(name);
  }

  /** The buffer of a dotted name. @throws ValueError when there is none */
  getBuffer(path: string): Tensor {
    const [owner, name] = this.#ownerOf(path);
    const buffer = owner.#buffers.get(name);
    if (buffer !== undefined) return buffer.tensor;
    throw owner.#missing("getBuffer", name, [...owner.#buffers.keys()]);
  }

  #ownerOf(path: string): [Module, string] {
    const dot = path.lastIndexOf(".");
    return [this.getSubmodule(path.slice(0, Math.max(dot, 0))), path.slice(dot + 1)];
  }

  // --- state ------------------------------------------------------------------------------------------------------

  static #partOf(module: Module): StatePart {
    const buffers = [...module.#buffers].filter(([, { isPersistent }]) => isPersistent);
    return {
      tensors: [...module.#own(), ...buffers.map(([name, { tensor }]) => [name, tensor] as const)],
      children: [...module.childEntries()],
      hooks: module.stateHooks,
    };
  }

  /**
   * Parameters and buffers by PyTorch's keys; they share memory with the module. A shared one stands under each of its names.
   *
   * @throws ValueError for modules or parameters in an array, a Map or a plain object that no one registered
   */
  stateDict(options: StateDictOptions = {}): StateDict {
    checkRegistered(this.#listed({}), () => this.#registered());
    return saveState(Module.#partOf, this, options);
  }

  /**
   * Copies values into parameters and buffers.
   *
   * @returns the keys that were missing or unexpected, both empty unless `strict` is false
   * @throws StateDictError that lists every missing, unexpected and wrong-shaped key; nothing is copied then
   */
  loadStateDict(state: Readonly<StateDict>, { strict = true }: LoadOptions = {}): IncompatibleKeys {
    checkRegistered(this.#listed({}), () => this.#registered());
    return loadState(Module.#partOf, this, state, strict);
  }

  /**
   * Converts floating parameters, their gradients and floating buffers, in place: an optimizer keeps its parameters.
   *
   * @throws DTypeError for a dtype that is not floating
   */
  to(dtype: DType): this {
    if (dtype !== "float32" && dtype !== "float64") {
      throw new DTypeError({
        op: "to",
        problem: `parameters cannot be ${String(dtype)}`,
        rule: '"float32" or "float64"; float16 and bfloat16 exist in files only',
      });
    }
    const tensors = [...this.parameters(), ...this.buffers()].filter((tensor) => tensor.isFloatingPoint());
    noGrad(() => {
      for (const tensor of tensors) {
        if (tensor.dtype === dtype) continue;
        const grad = tensor.gradValue === null ? null : to(tensor.gradValue, dtype);
        tensor.replaceStorage(to(tensor, dtype));
        tensor.setGrad(grad);
      }
    });
    return this;
  }

  /** Converts to float64. */
  double(): this {
    return this.to("float64");
  }

  /** Converts to float32. */
  float(): this {
    return this.to("float32");
  }

  // --- modes ------------------------------------------------------------------------------------------------------

  /** Whether layers such as dropout behave as in training. */
  get training(): boolean {
    const value = this.#training;
    recorder?.assumes(this, () => this.#training === value);
    return value;
  }

  set training(value: boolean) {
    this.#training = value;
  }

  /** Switches this module and all below to training. */
  train(isTraining = true): this {
    for (const module of this.modules()) module.training = isTraining;
    return this;
  }

  /** Switches this module and all below to evaluation: no dropout, running statistics. */
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

  /** Whether the parameters of this module and all below are trained. */
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

  // --- text -------------------------------------------------------------------------------------------------------

  /** What stands in the brackets of `toString`. */
  extraRepr(): string {
    return "";
  }

  /** The tree of modules, as PyTorch prints it. */
  override toString(): string {
    const extra = this.extraRepr();
    const children = [...this.childEntries()].map(
      ([name, child]) => `(${name}): ${child.toString().replaceAll("\n", "\n  ")}`,
    );
    const name = this.constructor.name;
    if (children.length === 0 && !extra.includes("\n")) return `${name}(${extra})`;
    return `${name}(\n  ${[...(extra === "" ? [] : [extra.replaceAll("\n", "\n  ")]), ...children].join("\n  ")}\n)`;
  }
}

/** @throws ShapeError when a size of a layer is not an integer from 0 up */
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
