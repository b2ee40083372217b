import { formatShape, ValueError } from "../tensor/errors.js";
import type { Module } from "./module.js";
import { Parameter } from "./parameter.js";

/** Modules are told by what they have: this file stands below module.ts. */
const isModule = (value: unknown): value is Module =>
  typeof value === "object" && value !== null && "namedModules" in value && "registerForwardHook" in value;

/** What a field holds, when it is a collection: entries with what stands behind the field's name. */
const entriesOf = (value: unknown): [string, unknown][] => {
  if (Array.isArray(value)) return value.map((entry, i) => [`[${i}]`, entry]);
  if (value instanceof Map) return [...value].map(([key, entry]) => [`.get(${String(key)})`, entry]);
  if (value instanceof Set) return [...value].map((entry) => ["", entry]);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return [];
  return Object.entries(value).map(([key, entry]) => [`.${key}`, entry]);
};

/**
 * Refuses modules and parameters in an array, a Map, a Set or a plain object: nothing would train or save them. PyTorch
 * passes over them without a word. One that is registered elsewhere too is fine.
 */
export const checkRegistered = (
  listed: readonly (readonly [string, Module])[],
  registeredAnywhere: () => ReadonlySet<object>,
): void => {
  for (const [path, owner] of listed) {
    for (const [field, value] of Object.entries(owner)) {
      for (const [key, entry] of entriesOf(value)) {
        if (!(isModule(entry) || entry instanceof Parameter) || registeredAnywhere().has(entry)) continue;
        const what =
          entry instanceof Parameter ? `a parameter ${formatShape(entry.shape)}` : `a ${entry.constructor.name}`;
        throw new ValueError({
          op: owner.constructor.name,
          problem: `${path === "" ? "" : `${path}.`}${field}${key} is ${what} that is registered nowhere`,
          rule: "a field holds a module or a parameter itself; in a plain collection it would be neither trained nor saved",
          hint:
            entry instanceof Parameter
              ? "use nn.ParameterList or nn.ParameterDict; to leave it out on purpose, use a #private field"
              : "use nn.ModuleList or nn.ModuleDict; to leave it out on purpose, use a #private field",
        });
      }
    }
  }
};
