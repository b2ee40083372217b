import { zeros } from "../../tensor/create.js";
import { ShapeError, ValueError } from "../../tensor/errors.js";
import { promoteTypes } from "../../tensor/promotion.js";
import { Tensor } from "../../tensor/tensor.js";
import { to } from "../elementwise/cast.js";
import { cat, reshape } from "./reshape.js";

const needSome = (op: string, tensors: readonly Tensor[]): void => {
  if (tensors.length === 0) throw new ValueError({ op, problem: "there is no tensor to join" });
};

/** Tensors as separate arguments or as one array. */
export type Tensors = readonly Tensor[] | readonly [readonly Tensor[]];
export const tensorsOf = (args: Tensors): readonly Tensor[] =>
  args[0] === undefined || args[0] instanceof Tensor ? (args as readonly Tensor[]) : args[0];

const eachOf =
  (f: (x: Tensor) => Tensor) =>
  (...args: Tensors): Tensor | Tensor[] => {
    const [only] = args;
    return args.length === 1 && only instanceof Tensor ? f(only) : tensorsOf(args).map(f);
  };

const to1d = (x: Tensor): Tensor => (x.ndim === 0 ? reshape(x, [1]) : x);
const to2d = (x: Tensor): Tensor => (x.ndim < 2 ? reshape(x, [1, x.numel()]) : x);
const to3d = (x: Tensor): Tensor =>
  x.ndim > 2 ? x : x.ndim === 2 ? reshape(x, [...x.shape, 1]) : reshape(x, [1, x.numel(), 1]);

/** A tensor, or each of several. */
interface AtLeast {
  (x: Tensor): Tensor;
  (...tensors: readonly [readonly Tensor[]] | readonly [Tensor, Tensor, ...Tensor[]]): Tensor[];
}

/** Scalars as vectors of one element. @source torch.atleast_1d */
export const atleast1d = eachOf(to1d) as AtLeast;
/** Scalars and vectors as matrices of one row. @source torch.atleast_2d */
export const atleast2d = eachOf(to2d) as AtLeast;
/** Vectors [N] as [1, N, 1], matrices [M, N] as [M, N, 1]. @source torch.atleast_3d */
export const atleast3d = eachOf(to3d) as AtLeast;

/** Tensors side by side: along the columns, vectors along their only dimension. @source torch.hstack */
export const hstack = (tensors: readonly Tensor[]): Tensor => {
  needSome("hstack", tensors);
  const parts = tensors.map(to1d);
  return cat(parts, (parts[0] as Tensor).ndim === 1 ? 0 : 1);
};

/** Tensors on top of each other: along the rows, vectors as rows. @source torch.vstack */
export const vstack = (tensors: readonly Tensor[]): Tensor => {
  needSome("vstack", tensors);
  return cat(tensors.map(to2d), 0);
};

/** Tensors one behind the other: along the third dimension. @source torch.dstack */
export const dstack = (tensors: readonly Tensor[]): Tensor => {
  needSome("dstack", tensors);
  return cat(tensors.map(to3d), 2);
};

/** Tensors side by side, vectors as columns. @source torch.column_stack */
export const columnStack = (tensors: readonly Tensor[]): Tensor => {
  needSome("columnStack", tensors);
  return cat(
    tensors.map((x) => (x.ndim < 2 ? reshape(x, [x.numel(), 1]) : x)),
    1,
  );
};

/** Matrices along the diagonal of one matrix of zeros; vectors are rows. @source torch.block_diag */
export const blockDiag = (...args: Tensors): Tensor => {
  const tensors = tensorsOf(args);
  const large = tensors.find((x) => x.ndim > 2);
  if (large !== undefined)
    throw new ShapeError({
      op: "blockDiag",
      problem: "takes matrices, vectors and scalars",
      args: { tensor: large.shape },
    });
  const dtype = tensors.map((x) => x.dtype).reduce(promoteTypes, tensors[0]?.dtype ?? "float32");
  const blocks = tensors.length === 0 ? [zeros(1, 0)] : tensors.map((x) => to(to2d(x), dtype));
  const width = blocks.reduce((n, x) => n + (x.shape[1] as number), 0);
  let left = 0;
  const rows = blocks.map((x) => {
    const [height, own] = x.shape as [number, number];
    const row = cat([zeros(height, left, { dtype }), x, zeros(height, width - left - own, { dtype })], 1);
    left += own;
    return row;
  });
  return cat(rows, 0);
};
