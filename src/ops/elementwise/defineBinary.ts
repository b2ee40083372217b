import { defineOp, notATensor } from "../../autograd/defineOp.js";
import type { BackwardContext, Meta } from "../../autograd/node.js";

import type { DType } from "../../backend/dtype.js";
import type { BinaryOp, CompareOp } from "../../backend/ops.js";
import { resultType } from "../../tensor/promotion.js";
import { broadcastShapes } from "../../tensor/shape.js";
import { Tensor } from "../../tensor/tensor.js";
import { sumTo } from "../movement/broadcast.js";
import { to } from "./cast.js";

/** What a binary op takes: at least one side is a tensor. */
export type Value = Tensor | number | boolean;

/** The plain number on one side, null where that side is a tensor. */
interface Sides {
  readonly left: number | null;
  readonly right: number | null;
}

/** What the gradient rules of a binary op see: each side as it met the other, before broadcasting. */
export interface BinaryContext {
  /** Saved only when the definition says so; a plain number is always there. */
  readonly a: Tensor | number;
  readonly b: Tensor | number;
  readonly y: Tensor;
}

export interface BinaryDefinition {
  readonly name: string;
  readonly kernel: BinaryOp;
  /** Dtype in which the sides meet, from the promoted one. Default: the promoted one. */
  readonly dtype?: (promoted: DType) => DType;
  /** Which values the gradients read. */
  readonly saves?: { readonly inputs?: boolean; readonly output?: boolean };
  /** dA and dB in the broadcast shape; absent for ops that have no gradient. */
  readonly gradA?: (d: Tensor, context: BinaryContext) => Tensor;
  readonly gradB?: (d: Tensor, context: BinaryContext) => Tensor;
  /** Throws what the op does not take. */
  readonly check?: (a: Value, b: Value, dtype: DType) => void;
}

const isValue = (x: unknown): boolean => x instanceof Tensor || typeof x === "number" || typeof x === "boolean";

/** @throws DTypeError unless both sides are values and one is a tensor */
const needsATensor = (op: string, a: Value, b: Value): void => {
  if (!isValue(a)) throw notATensor(op, a);
  if (!isValue(b)) throw notATensor(op, b);
  if (!(a instanceof Tensor) && !(b instanceof Tensor)) throw notATensor(op, a);
};

const metaOf = (name: string, inputs: readonly Tensor[]): Meta => {
  const [a, b] = inputs as readonly [Tensor, Tensor?];
  return { shape: b === undefined ? a.shape : broadcastShapes(name, a.shape, b.shape), dtype: a.dtype };
};

const operandsOf = (inputs: readonly Tensor[], { left, right }: Sides): [Tensor | number, Tensor | number] => [
  left ?? (inputs[0] as Tensor),
  right ?? (inputs[inputs.length - 1] as Tensor),
];

/** Defines an op on two tensors, or a tensor and a number, that promote and broadcast as in PyTorch. */
export const defineBinary = (def: BinaryDefinition): ((a: Value, b: Value) => Tensor) => {
  const isDifferentiable = def.gradA !== undefined || def.gradB !== undefined;
  const saved = [0, 1];
  const run = defineOp<Sides>({
    name: def.name,
    shape: (inputs) => metaOf(def.name, inputs),
    forward: (k, [y], inputs, sides) => {
      const [a, b] = operandsOf(inputs, sides);
      k.binary(def.kernel, y as Tensor, a, b);
    },
    ...(def.saves?.inputs && { savesInputs: (needs: readonly boolean[]) => saved.slice(0, needs.length) }),
    ...(def.saves?.output && { savesOutputs: [0] }),
    ...(isDifferentiable && { backward: ([d], ctx) => gradientsOf(def, d as Tensor, ctx) }),
  });
  return (a, b) => {
    needsATensor(def.name, a, b);
    const promoted = resultType(a, b);
    const dtype = def.dtype?.(promoted) ?? promoted;
    def.check?.(a, b, dtype);
    if (typeof b !== "object") return run([to(a as Tensor, dtype)], { left: null, right: Number(b) });
    if (typeof a !== "object") return run([to(b, dtype)], { left: Number(a), right: null });
    return run([to(a, dtype), to(b, dtype)], noSides);
  };
};

const noSides: Sides = { left: null, right: null };

/** The sides as they were saved, each read only where a rule asks for it. A class: getters of its own would make a hidden class for each object. */
class SavedSides implements BinaryContext {
  readonly #ctx: BackwardContext<Sides>;

  constructor(ctx: BackwardContext<Sides>) {
    this.#ctx = ctx;
  }

  get a(): Tensor | number {
    return this.#ctx.attrs.left ?? this.#ctx.input(0);
  }

  get b(): Tensor | number {
    return this.#ctx.attrs.right ?? this.#ctx.input(this.#ctx.inputMeta.length - 1);
  }

  get y(): Tensor {
    return this.#ctx.output(0);
  }
}

const gradientsOf = (def: BinaryDefinition, d: Tensor, ctx: BackwardContext<Sides>): (Tensor | null)[] => {
  const { left, right } = ctx.attrs;
  const context = new SavedSides(ctx);
  const side = (i: number, rule: BinaryDefinition["gradA"]): Tensor | null => {
    if (!ctx.needs[i]) return null;
    if (rule === undefined) return null;
    return sumTo(rule(d, context), (ctx.inputMeta[i] as Meta).shape);
  };
  if (left !== null) return [side(0, def.gradB)];
  if (right !== null) return [side(0, def.gradA)];
  return [side(0, def.gradA), side(1, def.gradB)];
};

/** Defines a comparison: the sides meet in their promoted dtype, the result is bool and has no gradient. */
export const defineCompare = (name: string, kernel: CompareOp): ((a: Value, b: Value) => Tensor) => {
  const run = defineOp<Sides>({
    name,
    shape: (inputs) => ({ ...metaOf(name, inputs), dtype: "bool" }),
    forward: (k, [y], inputs, sides) => {
      const [a, b] = operandsOf(inputs, sides);
      k.compare(kernel, y as Tensor, a, b);
    },
  });
  return (a, b) => {
    needsATensor(name, a, b);
    const dtype = resultType(a, b);
    if (typeof b !== "object") return run([to(a as Tensor, dtype)], { left: null, right: Number(b) });
    if (typeof a !== "object") return run([to(b, dtype)], { left: Number(a), right: null });
    return run([to(a, dtype), to(b, dtype)], noSides);
  };
};
