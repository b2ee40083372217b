import { ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Layer, Module } from "../module.js";
import type { Parameter } from "../parameter.js";

/** Modules one after the other; their names are their numbers. @source torch.nn.Sequential */
export class Sequential extends Module {
  readonly #layers: readonly Layer[];

  constructor(...layers: readonly Layer[]) {
    super();
    this.#layers = layers;
  }

  protected override *childEntries(): Generator<[string, Module]> {
    for (const [i, layer] of this.#layers.entries()) yield [String(i), layer];
  }

  override forward(x: Tensor): Tensor {
    return this.#layers.reduce((y, layer) => layer.forward(y), x);
  }

  get length(): number {
    return this.#layers.length;
  }

  [Symbol.iterator](): Iterator<Layer> {
    return this.#layers[Symbol.iterator]();
  }
}

/** What has no forward of its own says so. */
abstract class Container extends Module {
  override forward(): never {
    throw new ValueError({
      op: this.constructor.name,
      problem: "a container of modules has no forward",
      hint: "call its members",
    });
  }
}

/** Modules by number. @source torch.nn.ModuleList */
export class ModuleList<M extends Module = Module> extends Container {
  readonly #list: M[] = [];

  constructor(modules: Iterable<M> = []) {
    super();
    this.extend(modules);
  }

  append(module: M): this {
    this.registerModule(String(this.#list.length), module);
    this.#list.push(module);
    return this;
  }

  extend(modules: Iterable<M>): this {
    for (const module of modules) this.append(module);
    return this;
  }

  /** The module at a place; negative counts from the end. */
  at(i: number): M {
    const module = this.#list.at(i);
    if (module !== undefined) return module;
    throw new ValueError({ op: "ModuleList", problem: `there is no module ${i} of ${this.#list.length}` });
  }

  get length(): number {
    return this.#list.length;
  }

  [Symbol.iterator](): Iterator<M> {
    return this.#list[Symbol.iterator]();
  }
}

/** Modules by name. @source torch.nn.ModuleDict */
export class ModuleDict<M extends Module = Module> extends Container {
  readonly #map = new Map<string, M>();

  constructor(modules: Readonly<Record<string, M>> = {}) {
    super();
    for (const [name, module] of Object.entries(modules)) this.set(name, module);
  }

  set(name: string, module: M): this {
    this.registerModule(name, module);
    this.#map.set(name, module);
    return this;
  }

  get(name: string): M {
    const module = this.#map.get(name);
    if (module !== undefined) return module;
    throw new ValueError({
      op: "ModuleDict",
      problem: `there is no module ${name}`,
      rule: `one of ${[...this.#map.keys()].join(", ")}`,
    });
  }

  has(name: string): boolean {
    return this.#map.has(name);
  }

  [Symbol.iterator](): Iterator<[string, M]> {
    return this.#map[Symbol.iterator]();
  }
}

/** Parameters by number. @source torch.nn.ParameterList */
export class ParameterList extends Container {
  readonly #list: Parameter[] = [];

  constructor(parameters: Iterable<Parameter> = []) {
    super();
    for (const parameter of parameters) this.append(parameter);
  }

  append(parameter: Parameter): this {
    this.registerParameter(String(this.#list.length), parameter);
    this.#list.push(parameter);
    return this;
  }

  at(i: number): Parameter {
    const parameter = this.#list.at(i);
    if (parameter !== undefined) return parameter;
    throw new ValueError({ op: "ParameterList", problem: `there is no parameter ${i} of ${this.#list.length}` });
  }

  get length(): number {
    return this.#list.length;
  }

  [Symbol.iterator](): Iterator<Parameter> {
    return this.#list[Symbol.iterator]();
  }

  override extraRepr(): string {
    return listed(this.#list.entries());
  }
}

/** Parameters by name. @source torch.nn.ParameterDict */
export class ParameterDict extends Container {
  readonly #map = new Map<string, Parameter>();

  constructor(parameters: Readonly<Record<string, Parameter>> = {}) {
    super();
    for (const [name, parameter] of Object.entries(parameters)) this.set(name, parameter);
  }

  set(name: string, parameter: Parameter): this {
    this.registerParameter(name, parameter);
    this.#map.set(name, parameter);
    return this;
  }

  get(name: string): Parameter {
    return this.getParameter(name);
  }

  has(name: string): boolean {
    return this.#map.has(name);
  }

  [Symbol.iterator](): Iterator<[string, Parameter]> {
    return this.#map[Symbol.iterator]();
  }

  override extraRepr(): string {
    return listed(this.#map);
  }
}

/** A line for each parameter, as PyTorch prints them. */
const listed = (parameters: Iterable<[string | number, Parameter]>): string =>
  [...parameters]
    .map(([name, { shape, dtype }]) => `  (${name}): Parameter containing: [torch.${dtype} of size ${shape.join("x")}]`)
    .join("\n");
