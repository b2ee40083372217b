import { defineOp, type Op } from "../../autograd/defineOp.js";
import { ShapeError } from "../../tensor/errors.js";
import { broadcastShapes, normalizeDim, type Shape, sameShape } from "../../tensor/shape.js";
import { Tensor } from "../../tensor/tensor.js";
import { expand } from "../movement/broadcast.js";
import { reshape } from "../movement/reshape.js";
import { checkIndex, checkVector } from "./checkIndex.js";

const gather_: Op<{ dim: number }> = defineOp<{ dim: number }>({
  name: "gather",
  shape: ([x, index]) => ({ shape: (index as Tensor).shape, dtype: (x as Tensor).dtype }),
  forward: (k, [y], [x, index], { dim }) => k.gather(y as Tensor, x as Tensor, index as Tensor, dim),
  savesInputs: [1],
  backward: ([d], { attrs: { dim }, inputMeta, input }) => [
    gatherBackward([d as Tensor, input(1)], { dim, shape: (inputMeta[0] as Tensor).shape }),
    null,
  ],
});

const gatherBackward = defineOp<{ dim: number; shape: Shape }>({
  name: "gatherBackward",
  shape: ([d], { shape }) => ({ shape, dtype: (d as Tensor).dtype }),
  forward: (k, [dX], [d, index], { dim }) => {
    k.fill(dX as Tensor, 0);
    k.scatter("sum", dX as Tensor, index as Tensor, d as Tensor, dim);
  },
  savesInputs: [1],
  backward: ([dd], { attrs: { dim }, input }) => [gather_([dd as Tensor, input(1)], { dim }), null],
});

/** y[i][j] = x[index[i][j]][j] for dim 0, and so on. @grad dY added up where it was read @source torch.gather */
export const gather = (x: Tensor, dim: number, index: Tensor): Tensor => {
  const d = normalizeDim("gather", dim, x.ndim);
  if (x.ndim === 0 || index.ndim === 0) {
    if (x.ndim > 1 || index.ndim > 1) throw doesNotFit(x, index);
    return reshape(gather(reshape(x, [x.numel()]), 0, reshape(index, [index.numel()])), index.shape);
  }
  if (index.numel() > 0) {
    const fits = index.ndim === x.ndim && index.shape.every((size, i) => i === d || size <= (x.shape[i] as number));
    if (!fits) throw doesNotFit(x, index);
  }
  return gather_([x, checkIndex("gather", index, { size: x.shape[d] as number })], { dim: d });
};

const doesNotFit = (x: Tensor, index: Tensor): ShapeError =>
  new ShapeError({
    op: "gather",
    problem: "the index does not fit the tensor",
    rule: "as many dimensions, none but dim larger than x's",
    args: { x: x.shape, index: index.shape },
  });

/** @internal index [S] seen as the index of every element of `shape`, whose `dim` has size S. */
export const alongDim = (index: Tensor, shape: Shape, dim: number): Tensor =>
  new Tensor(
    index.storage,
    shape,
    shape.map((_, d) => (d === dim ? (index.strides[0] ?? 0) : 0)),
    index.offset,
  );

const indexSelect_: Op<{ dim: number }> = defineOp<{ dim: number }>({
  name: "indexSelect",
  shape: ([x, index], { dim }) => ({
    shape: (x as Tensor).shape.with(dim, (index as Tensor).numel()),
    dtype: (x as Tensor).dtype,
  }),
  forward: (k, [y], [x, index], { dim }) => k.indexSelect(y as Tensor, x as Tensor, index as Tensor, dim),
  savesInputs: [1],
  backward: ([d], { attrs: { dim }, inputMeta, input }) => [
    indexSelectBackward([d as Tensor, input(1)], { dim, shape: (inputMeta[0] as Tensor).shape }),
    null,
  ],
});

const indexSelectBackward = defineOp<{ dim: number; shape: Shape }>({
  name: "indexSelectBackward",
  shape: ([d], { shape }) => ({ shape, dtype: (d as Tensor).dtype }),
  forward: (k, [dX], [d, index], { dim }) => {
    k.fill(dX as Tensor, 0);
    k.scatter("sum", dX as Tensor, alongDim(index as Tensor, (d as Tensor).shape, dim), d as Tensor, dim);
  },
  savesInputs: [1],
  backward: ([dd], { attrs: { dim }, input }) => [indexSelect_([dd as Tensor, input(1)], { dim }), null],
});

/** The slices of dimension `dim` at `index` [S]. @grad dY added up where it was read @source torch.index_select */
export const indexSelect = (x: Tensor, dim: number, index: Tensor): Tensor => {
  const d = normalizeDim("indexSelect", dim, x.ndim);
  checkVector("indexSelect", index);
  if (x.ndim === 0) {
    if (index.numel() !== 1)
      throw new ShapeError({
        op: "indexSelect",
        problem: "a scalar has one element to select",
        args: { index: index.shape },
      });
    return reshape(indexSelect(reshape(x, [1]), 0, index), []);
  }
  return indexSelect_([x, checkIndex("indexSelect", index, { size: x.shape[d] as number })], { dim: d });
};

/** Elements by their row-major places, which may be negative. @shape index [...S] → y [...S] @source torch.take */
export const take = (x: Tensor, index: Tensor): Tensor => {
  const n = x.numel();
  const places = checkIndex("take", index, { size: n, countsFromEnd: true });
  return reshape(gather_([reshape(x, [n]), reshape(places, [places.numel()])], { dim: 0 }), index.shape);
};

export interface TakeAlongDimOptions {
  /** Default: all dimensions as one. */
  dim?: number | null | undefined;
}

/** As gather, with x and the indices broadcast to each other in the other dimensions. @source torch.take_along_dim */
export const takeAlongDim = (x: Tensor, indices: Tensor, { dim = null }: TakeAlongDimOptions = {}): Tensor => {
  if (dim === null) return gather(reshape(x, [x.numel()]), 0, reshape(indices, [indices.numel()]));
  const d = normalizeDim("takeAlongDim", dim, x.ndim);
  if (x.ndim !== indices.ndim) {
    throw new ShapeError({
      op: "takeAlongDim",
      problem: "x and the indices need as many dimensions",
      args: { x: x.shape, indices: indices.shape },
    });
  }
  if (x.ndim === 0) return gather(x, 0, indices);
  const shape = broadcastShapes("takeAlongDim", x.shape.with(d, 1), indices.shape.with(d, 1));
  return gather(
    expand(x, shape.with(d, x.shape[d] as number)),
    d,
    expand(indices, shape.with(d, indices.shape[d] as number)),
  );
};

/** Whether all elements and both shapes are equal. @source torch.equal */
export const equal = (a: Tensor, b: Tensor): boolean => {
  if (!sameShape(a.shape, b.shape)) return false;
  const other = b.toTypedArray();
  return a.toTypedArray().every((v, i) => v === other[i]);
};
