import { Tensor } from "../tensor/tensor.js";

/** Where tensors stand in arguments or results: plain values, arrays and objects around them. */
export type Structure =
  | { readonly kind: "tensor"; readonly index: number }
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "list"; readonly items: readonly Structure[] }
  | { readonly kind: "record"; readonly names: readonly string[]; readonly items: readonly Structure[] };

type PlainObject = Readonly<Record<string, unknown>>;

const isPlain = (value: unknown): value is PlainObject =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** Takes a value apart; its tensors are added to `found`. */
export const structureOf = (value: unknown, found: Tensor[]): Structure => {
  if (value instanceof Tensor) return { kind: "tensor", index: found.push(value) - 1 };
  if (Array.isArray(value)) return { kind: "list", items: value.map((item) => structureOf(item, found)) };
  if (!isPlain(value)) return { kind: "value", value };
  const names = Object.keys(value);
  return { kind: "record", names, items: names.map((name) => structureOf(value[name], found)) };
};

/** Whether a value is put together as `structure` says, with the same plain values; its tensors are added to `found`. */
export const matches = (structure: Structure, value: unknown, found: Tensor[]): boolean => {
  if (structure.kind === "tensor") {
    if (!(value instanceof Tensor)) return false;
    found.push(value);
    return true;
  }
  if (structure.kind === "value") return Object.is(structure.value, value) && !(value instanceof Tensor);
  if (structure.kind === "list") {
    if (!Array.isArray(value) || value.length !== structure.items.length) return false;
    for (let i = 0; i < value.length; i++) if (!matches(structure.items[i] as Structure, value[i], found)) return false;
    return true;
  }
  if (!isPlain(value) || Object.keys(value).length !== structure.names.length) return false;
  return structure.names.every(
    (name, i) => name in value && matches(structure.items[i] as Structure, value[name], found),
  );
};

/** Puts a value together again around other tensors. */
export const rebuild = (structure: Structure, tensorAt: (index: number) => Tensor): unknown => {
  if (structure.kind === "tensor") return tensorAt(structure.index);
  if (structure.kind === "value") return structure.value;
  const items = structure.items.map((item) => rebuild(item, tensorAt));
  if (structure.kind === "list") return items;
  return Object.fromEntries(structure.names.map((name, i) => [name, items[i]]));
};
