import { defineOp, defineView, notATensor } from "../../autograd/defineOp.js";
import { zeros } from "../../tensor/create.js";
import { ShapeError, ValueError } from "../../tensor/errors.js";
import { promoteTypes } from "../../tensor/promotion.js";
import {
  contiguousStrides,
  isSize,
  normalizeDim,
  normalizeDims,
  type Shape,
  sameShape,
  sizeOf,
} from "../../tensor/shape.js";
import { Tensor } from "../../tensor/tensor.js";
import { to } from "../elementwise/cast.js";
import { narrow } from "./slice.js";

/** Sizes as separate numbers or as one array. */
export type Sizes = number[] | [Shape];
export const listOf = (sizes: Sizes): Shape => (Array.isArray(sizes[0]) ? sizes[0] : sizes) as Shape;

/** Fills in one −1. */
const resolveShape = (op: string, x: Tensor, asked: Shape): Shape => {
  const fail = (problem: string): never => {
    throw new ShapeError({
      op,
      problem,
      rule: "the number of elements stays; one size may be −1 and is then worked out",
      args: { x: x.shape, shape: asked },
    });
  };
  const open = asked.indexOf(-1);
  if (asked.some((size, i) => !isSize(size) && i !== open))
    fail("only one size may be −1, the others are integers from 0 up");
  const known = asked.reduce((n, size, i) => (i === open ? n : n * size), 1);
  const n = x.numel();
  if (open < 0) return known === n ? asked : fail(`${n} elements do not make a tensor of ${known}`);
  if (known === 0) fail("a size of −1 cannot be worked out beside a size of 0");
  if (n % known !== 0) fail(`${n} elements cannot be divided by ${known}`);
  return asked.map((size, i) => (i === open ? n / known : size));
};

/** Strides that give x's elements the new shape without a copy, or null where there are none. */
const viewStrides = (x: Tensor, shape: Shape): Shape | null => {
  if (x.isContiguous()) return contiguousStrides(shape);
  if (x.numel() === 0) return contiguousStrides(shape);
  const strides = new Array<number>(shape.length).fill(0);
  let to_ = shape.length - 1;
  let end = x.ndim - 1;
  while (end >= 0) {
    // A run of x's dimensions that lie as one in memory must become a run of the new ones.
    let start = end;
    let run = x.shape[end] as number;
    while (
      start > 0 &&
      (run === 1 || x.shape[start - 1] === 1 || x.strides[start - 1] === run * (x.strides[end] as number))
    ) {
      if (run === 1) end = start - 1;
      start--;
      run *= x.shape[start] as number;
    }
    let step = x.strides[end] as number;
    let taken = 1;
    while (to_ >= 0 && (taken < run || shape[to_] === 1)) {
      strides[to_] = step;
      step *= shape[to_] as number;
      taken *= shape[to_] as number;
      to_--;
    }
    if (taken !== run) return null;
    end = start - 1;
  }
  return strides;
};

const view_ = defineView<{ shape: Shape; strides: Shape }>({
  name: "view",
  view: (x, { shape, strides }) => ({ shape, strides, offset: x.offset }),
  backward: ([d], { inputMeta }) => [reshape(d as Tensor, (inputMeta[0] as Tensor).shape)],
});

const reshapeCopy = defineOp<Shape>({
  name: "reshape",
  shape: ([x], shape) => ({ shape, dtype: (x as Tensor).dtype }),
  forward: (k, [y], [x]) => k.copy(new Tensor((y as Tensor).storage, (x as Tensor).shape), x as Tensor),
  backward: ([d], { inputMeta }) => [reshape(d as Tensor, (inputMeta[0] as Tensor).shape)],
});

/**
 * The same elements in another shape, as a view where strides allow, else as a copy.
 *
 * @shape x [...S] → y [...shape], with as many elements
 * @source torch.reshape
 */
export const reshape = (x: Tensor, ...sizes: Sizes): Tensor => {
  const asked = listOf(sizes);
  if (sameShape(asked, x.shape)) return x;
  const shape = resolveShape("reshape", x, asked);
  const strides = viewStrides(x, shape);
  return strides === null ? reshapeCopy([x], shape) : view_(x, { shape, strides });
};

/** As reshape, but always a view. @throws ShapeError where that takes a copy @source torch.Tensor.view */
export const view = (x: Tensor, ...sizes: Sizes): Tensor => {
  const shape = resolveShape("view", x, listOf(sizes));
  const strides = viewStrides(x, shape);
  if (strides === null) {
    throw new ShapeError({
      op: "view",
      problem: "the elements do not lie so in memory that this shape is a view",
      args: { x: x.shape, strides: x.strides, shape },
      hint: "use reshape(), which copies where it must",
    });
  }
  return view_(x, { shape, strides });
};

/** Dimensions startDim…endDim as one. @source torch.flatten */
export const flatten = (x: Tensor, startDim = 0, endDim = -1): Tensor => {
  const start = normalizeDim("flatten", startDim, x.ndim);
  const end = normalizeDim("flatten", endDim, x.ndim);
  if (start > end)
    throw new ShapeError({
      op: "flatten",
      problem: "startDim comes after endDim",
      args: { x: x.shape, dims: [startDim, endDim] },
    });
  if (x.ndim === 0) return reshape(x, [1]);
  if (start === end) return x;
  const middle = sizeOf(x.shape.slice(start, end + 1));
  return reshape(x, [...x.shape.slice(0, start), middle, ...x.shape.slice(end + 1)]);
};

/** All elements as a vector. @source torch.ravel */
export const ravel = (x: Tensor): Tensor => reshape(x, [x.numel()]);

/** x in the shape of another tensor. @source torch.Tensor.reshape_as */
export const reshapeAs = (x: Tensor, other: Tensor): Tensor => reshape(x, other.shape);
/** x viewed in the shape of another tensor. @throws ShapeError where that takes a copy @source torch.Tensor.view_as */
export const viewAs = (x: Tensor, other: Tensor): Tensor => view(x, other.shape);

/** Dimension `dim` split into `sizes`; one may be −1. @source torch.unflatten */
export const unflatten = (x: Tensor, dim: number, sizes: Shape): Tensor => {
  const d = normalizeDim("unflatten", dim, x.ndim);
  const known = sizes.reduce((n, size) => (size === -1 ? n : n * size), 1);
  const filled = sizes.map((size) => (size === -1 ? (x.shape[d] as number) / known : size));
  if (sizes.length === 0 || sizeOf(filled) !== x.shape[d] || filled.some((size) => !isSize(size))) {
    throw new ShapeError({
      op: "unflatten",
      problem: `the sizes do not multiply to ${x.shape[d]}`,
      args: { x: x.shape, sizes },
    });
  }
  return reshape(x, [...x.shape.slice(0, d), ...filled, ...x.shape.slice(d + 1)]);
};

const permute_: (x: Tensor, dims: Shape) => Tensor = defineView<Shape>({
  name: "permute",
  view: (x, dims) => ({
    shape: dims.map((d) => x.shape[d] as number),
    strides: dims.map((d) => x.strides[d] as number),
    offset: x.offset,
  }),
  backward: ([g], { attrs }) => [permute_(g as Tensor, inverse(attrs))],
});

const inverse = (dims: Shape): Shape => {
  const back = new Array<number>(dims.length);
  dims.forEach((d, i) => {
    back[d] = i;
  });
  return back;
};

/** Dimensions in another order. @shape x [...S] → y [S[dims[0]], S[dims[1]], …] @source torch.permute */
export const permute = (x: Tensor, ...dims: Sizes): Tensor => {
  const asked = listOf(dims);
  const order = asked.map((d) => normalizeDim("permute", d, x.ndim));
  if (order.length !== x.ndim || new Set(order).size !== x.ndim) {
    throw new ShapeError({
      op: "permute",
      problem: "each dimension must be named once",
      args: { x: x.shape, dims: asked },
    });
  }
  return permute_(x, order);
};

/** Two dimensions swapped. @source torch.transpose */
export const transpose = (x: Tensor, dim0: number, dim1: number): Tensor => {
  const a = normalizeDim("transpose", dim0, x.ndim);
  const b = normalizeDim("transpose", dim1, x.ndim);
  const order = x.shape.map((_, i) => (i === a ? b : i === b ? a : i));
  return permute_(x, order);
};

/** The transpose of a matrix; vectors and scalars stay. @source torch.t */
export const t = (x: Tensor): Tensor => {
  if (x.ndim > 2) {
    throw new ShapeError({
      op: "t",
      problem: "t() takes at most 2 dimensions",
      args: { x: x.shape },
      hint: "transpose(dim0, dim1) names the two",
    });
  }
  return x.ndim < 2 ? x : transpose(x, 0, 1);
};

/** Dimensions moved to other places; the rest keep their order. @source torch.movedim */
export const movedim = (x: Tensor, source: number | Shape, destination: number | Shape): Tensor => {
  const from = normalizeEach("movedim", source, x.ndim);
  const into = normalizeEach("movedim", destination, x.ndim);
  if (from.length !== into.length || new Set(from).size !== from.length || new Set(into).size !== into.length) {
    throw new ShapeError({
      op: "movedim",
      problem: "source and destination must name as many different dimensions",
      args: { source: from, destination: into },
    });
  }
  const order = new Array<number>(x.ndim).fill(-1);
  into.forEach((place, i) => {
    order[place] = from[i] as number;
  });
  const rest = x.shape.map((_, i) => i).filter((i) => !from.includes(i));
  return permute_(
    x,
    order.map((d) => (d < 0 ? (rest.shift() as number) : d)),
  );
};

const normalizeEach = (op: string, dims: number | Shape, rank: number): number[] =>
  (typeof dims === "number" ? [dims] : dims).map((d) => normalizeDim(op, d, rank));

/** Drops dimensions of size 1: all of them, or those named. @source torch.squeeze */
export const squeeze = (x: Tensor, dim?: number | Shape): Tensor => {
  const dims = normalizeDims("squeeze", dim, x.ndim);
  return reshape(
    x,
    x.shape.filter((size, i) => size !== 1 || !dims.includes(i)),
  );
};

/** A dimension of size 1 put in at `dim`. @source torch.unsqueeze */
export const unsqueeze = (x: Tensor, dim: number): Tensor => {
  const d = normalizeDim("unsqueeze", dim, x.ndim + 1);
  return reshape(x, [...x.shape.slice(0, d), 1, ...x.shape.slice(d)]);
};

/** Empty vectors may stand among tensors of any rank. */
const isPassedOver = (x: Tensor, all: readonly Tensor[]): boolean =>
  x.ndim === 1 && x.numel() === 0 && all.some((y) => y.ndim !== 1);

const cat_ = defineOp<number>({
  name: "cat",
  shape: (inputs, dim) => {
    const parts = inputs.filter((x) => !isPassedOver(x, inputs));
    const [first] = parts as [Tensor];
    const total = parts.reduce((n, x) => n + (x.shape[dim] as number), 0);
    return { shape: first.shape.map((size, i) => (i === dim ? total : size)), dtype: first.dtype };
  },
  forward: (k, [y], inputs, dim) => {
    const out = y as Tensor;
    let at = 0;
    for (const x of inputs) {
      if (isPassedOver(x, inputs)) continue;
      k.copy(new Tensor(out.storage, x.shape, out.strides, at * (out.strides[dim] as number)), x);
      at += x.shape[dim] as number;
    }
  },
  backward: ([d], { inputMeta, attrs, needs }) => {
    let at = 0;
    return inputMeta.map(({ shape }, i) => {
      if (shape.length !== (d as Tensor).ndim) return needs[i] ? zeros(0, { dtype: (d as Tensor).dtype }) : null;
      const length = shape[attrs] as number;
      const part = needs[i] ? narrow(d as Tensor, attrs, at, length) : null;
      at += length;
      return part;
    });
  },
});

/**
 * Tensors one after the other along a dimension that they have already. Empty vectors are passed over.
 *
 * @shape xs[i] [..., Sᵢ, ...] → y [..., ΣSᵢ, ...]
 * @source torch.cat
 */
export const cat = (tensors: readonly Tensor[], dim = 0): Tensor => {
  for (const x of tensors) if (!(x instanceof Tensor)) throw notATensor("cat", x);
  const parts = tensors.filter((x) => !isPassedOver(x, tensors));
  const [first] = parts;
  if (first === undefined) throw new ValueError({ op: "cat", problem: "there is no tensor to join" });
  if (first.ndim === 0)
    throw new ShapeError({ op: "cat", problem: "scalars cannot be joined", hint: "stack() gives them a dimension" });
  const d = normalizeDim("cat", dim, first.ndim);
  parts.forEach((x, i) => {
    if (x.ndim !== first.ndim || x.shape.some((size, j) => j !== d && size !== first.shape[j])) {
      throw new ShapeError({
        op: "cat",
        problem: `tensor ${i} does not fit the first one`,
        rule: `all sizes but dimension ${d}'s are equal`,
        args: { "tensors[0]": first.shape, [`tensors[${i}]`]: x.shape },
      });
    }
  });
  const dtype = tensors.map((x) => x.dtype).reduce(promoteTypes);
  return cat_(
    tensors.map((x) => to(x, dtype)),
    d,
  );
};

/** Tensors of one shape along a new dimension. @shape xs [...S] × n → y [..., n, ...] @source torch.stack */
export const stack = (tensors: readonly Tensor[], dim = 0): Tensor => {
  const [first] = tensors;
  if (first === undefined) throw new ValueError({ op: "stack", problem: "there is no tensor to stack" });
  tensors.forEach((x, i) => {
    if (!sameShape(x.shape, first.shape)) {
      throw new ShapeError({
        op: "stack",
        problem: `tensor ${i} has another shape than the first`,
        args: { "tensors[0]": first.shape, [`tensors[${i}]`]: x.shape },
      });
    }
  });
  const d = normalizeDim("stack", dim, first.ndim + 1);
  return cat(
    tensors.map((x) => unsqueeze(x, d)),
    d,
  );
};
