import { defineOp, type Op } from "../../autograd/defineOp.js";
import { DTypeError, ShapeError, ValueError } from "../../tensor/errors.js";
import type { Shape } from "../../tensor/shape.js";
import { elementsOf, Tensor } from "../../tensor/tensor.js";
import { clone } from "../elementwise/cast.js";
import { indexSelect } from "../indexing/gather.js";
import { region } from "./slice.js";

export interface PadOptions {
  /** Default "constant". */
  mode?: "constant" | "reflect" | "replicate" | "circular" | undefined;
  /** What "constant" fills with. Default 0. */
  value?: number | null | undefined;
}

interface ConstantPad {
  /** Elements put in before each dimension. */
  readonly before: Shape;
  readonly shape: Shape;
  readonly value: number;
}

const inside = (y: Tensor, { before }: ConstantPad, shape: Shape): Tensor =>
  region(
    y,
    before.map((start, d) => ({ start, step: 1, count: shape[d] as number })),
  );

const constantPad: Op<ConstantPad> = defineOp<ConstantPad>({
  name: "pad",
  shape: ([x], { shape }) => ({ shape, dtype: (x as Tensor).dtype }),
  forward: (k, [y], [x], { before, value }) => {
    const out = y as Tensor;
    const { shape } = x as Tensor;
    k.fill(out, value);
    const offset = before.reduce((sum, n, d) => sum + n * (out.strides[d] as number), 0);
    if ((x as Tensor).numel() > 0) k.copy(new Tensor(out.storage, shape, out.strides, offset), x as Tensor);
  },
  backward: ([d], { attrs, inputMeta }) => [inside(d as Tensor, attrs, (inputMeta[0] as Tensor).shape)],
});

/** Elements put in before and after a dimension. */
type Pair = readonly [number, number];

/** Amounts before and after each dimension, from pairs that begin with the last one. */
const pairsOf = (x: Tensor, padding: Shape): Pair[] => {
  if (padding.length % 2 !== 0 || padding.length > 2 * x.ndim || !padding.every(Number.isInteger)) {
    throw new ShapeError({
      op: "pad",
      problem: "padding is a pair of integers for each dimension from the last one on",
      args: { x: x.shape, pad: padding },
    });
  }
  return x.shape.map((_, d) => {
    const at = 2 * (x.ndim - 1 - d);
    return [padding[at] ?? 0, padding[at + 1] ?? 0];
  });
};

const paddedShape = (x: Tensor, pairs: readonly Pair[]): Shape =>
  pairs.map(([before, after], d) => before + (x.shape[d] as number) + after);

const padConstant = (x: Tensor, padding: Shape, value: number): Tensor => {
  const pairs = pairsOf(x, padding);
  const shape = paddedShape(x, pairs);
  const cut = cutOff(x, padding, pairs);
  if (pairs.every(([a, b]) => a <= 0 && b <= 0)) return clone(cut);
  return constantPad([cut], { before: pairs.map(([a]) => Math.max(0, a)), shape, value });
};

/** x without what negative padding takes away. */
const cutOff = (x: Tensor, padding: Shape, pairs: readonly Pair[]): Tensor => {
  if (pairs.every(([before, after]) => before >= 0 && after >= 0)) return x;
  const steps = pairs.map(([before, after], d) => {
    const start = Math.max(0, -before);
    return { start, step: 1, count: (x.shape[d] as number) - start - Math.max(0, -after) };
  });
  if (steps.some(({ count }) => count < 0))
    throw new ShapeError({
      op: "pad",
      problem: "more is taken away than is there",
      args: { x: x.shape, pad: padding },
    });
  return region(x, steps);
};

type Mode = "reflect" | "replicate" | "circular";

/** Which element stands at place i, counted from the first one, of a dimension of that size. */
const sources: Readonly<Record<Mode, (i: number, size: number) => number>> = {
  reflect: (i, size) => (i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i),
  replicate: (i, size) => Math.min(Math.max(i, 0), size - 1),
  circular: (i, size) => ((i % size) + size) % size,
};

/** How large the padding of a dimension may be. */
const limits: Readonly<Record<Mode, (size: number) => number>> = {
  reflect: (size) => size - 1,
  replicate: (size) => (size > 0 ? Number.POSITIVE_INFINITY : 0),
  circular: (size) => size,
};

const padFromInside = (x: Tensor, padding: Shape, mode: Mode): Tensor => {
  const padded = padding.length / 2;
  if (![1, 2, 3].includes(padded) || (x.ndim !== padded + 1 && x.ndim !== padded + 2)) {
    throw new ShapeError({
      op: "pad",
      problem: `mode "${mode}" pads the last 1, 2 or 3 of 2 to 5 dimensions, with 1 or 2 dimensions before them`,
      args: { x: x.shape, pad: padding },
    });
  }
  if (mode !== "circular" && !x.isFloatingPoint())
    throw new DTypeError({ op: "pad", problem: `mode "${mode}" pads floating tensors, not ${x.dtype}` });
  const asked = pairsOf(x, padding);
  if (mode !== "circular") return padEach(x, x, asked, padded, mode);
  // What is cut off does not come round again.
  return padEach(
    x,
    cutOff(x, padding, asked),
    asked.map(([before, after]) => [Math.max(0, before), Math.max(0, after)]),
    padded,
    mode,
  );
};

const padEach = (whole: Tensor, x: Tensor, pairs: readonly Pair[], padded: number, mode: Mode): Tensor => {
  const isGone = pairs.every(
    ([before, after], d) => d < x.ndim - padded || before + (x.shape[d] as number) + after <= 0,
  );
  if (isGone && mode !== "circular")
    throw new ShapeError({ op: "pad", problem: "nothing is left", args: { x: x.shape } });
  const y = pairs.reduce((part, [before, after], d) => {
    if (before === 0 && after === 0) return part;
    const size = x.shape[d] as number;
    const limit = limits[mode](size);
    const length = before + size + after;
    if (before > limit || after > limit || length < 0) {
      throw new ShapeError({
        op: "pad",
        problem: `dimension ${d} of size ${size} cannot be padded by ${before} and ${after}`,
        rule: `mode "${mode}" pads by ${limit} at most`,
        args: { x: whole.shape },
      });
    }
    const index = Tensor.empty([length], "int32");
    const places = elementsOf(index, "int32");
    for (let i = 0; i < length; i++) places[i] = sources[mode](i - before, size);
    return indexSelect(part, d, index);
  }, x);
  return y === whole ? clone(x) : y;
};

/**
 * x with more elements (or, where negative, fewer) around it.
 *
 * @shape x [..., N], pad [before last, after last, before last but one, …] → y [..., before + N + after]
 * @grad  dY where x lies; what is repeated sums up
 * @throws ShapeError when a mode other than "constant" does not pad the last 1, 2 or 3 of 2 to 5 dimensions
 * @source torch.nn.functional.pad
 */
export const pad = (x: Tensor, padding: Shape, { mode = "constant", value = null }: PadOptions = {}): Tensor => {
  if (mode === "constant") return padConstant(x, padding, value ?? 0);
  if (!(mode in sources)) {
    throw new ValueError({
      op: "pad",
      problem: `mode ${String(mode)} is not known`,
      rule: '"constant", "reflect", "replicate" or "circular"',
    });
  }
  if (value !== null && value !== 0)
    throw new ValueError({ op: "pad", problem: `mode "${mode}" has no value to fill with` });
  return padFromInside(x, padding, mode);
};
