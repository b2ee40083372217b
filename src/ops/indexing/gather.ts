import { defineOp, type Op } from "../../autograd/defineOp.js";
import { DTypeError, IndexError, ShapeError } from "../../tensor/errors.js";
import { normalizeDim, sameShape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { expand } from "../movement/broadcast.js";
import { reshape } from "../movement/reshape.js";

/** @throws DTypeError or IndexError when `index` is not int32 or has a value outside of 0 … size−1 */
const checkIndex = (op: string, index: Tensor, size: number): void => {
  if (index.dtype !== "int32" && index.dtype !== "uint8") {
    throw new DTypeError({
      op,
      problem: `the index is ${index.dtype}, not int32`,
      hint: 'convert it: index.to("int32")',
    });
  }
  for (const i of index.toTypedArray()) {
    if (i < 0 || i >= size) {
      throw new IndexError({
        op,
        problem: `index ${i} is out of range`,
        rule: `integers from 0 to ${size - 1}`,
        args: { index: index.shape },
      });
    }
  }
};

const gather_: Op<{ dim: number; index: Tensor }> = defineOp<{ dim: number; index: Tensor }>({
  name: "gather",
  shape: ([x], { index }) => ({ shape: index.shape, dtype: (x as Tensor).dtype }),
  forward: (k, [y], [x], { dim, index }) => k.gather(y as Tensor, x as Tensor, index, dim),
  backward: ([d], { attrs, inputMeta }) => [
    scatterInto([d as Tensor], { ...attrs, shape: (inputMeta[0] as Tensor).shape }),
  ],
});

const scatterInto = defineOp<{ dim: number; index: Tensor; shape: readonly number[] }>({
  name: "gatherBackward",
  shape: ([d], { shape }) => ({ shape, dtype: (d as Tensor).dtype }),
  forward: (k, [dX], [d], { dim, index }) => {
    k.fill(dX as Tensor, 0);
    k.scatter("sum", dX as Tensor, index, d as Tensor, dim);
  },
  backward: ([dd], { attrs }) => [gather_([dd as Tensor], attrs)],
});

/** y[i][j] = x[index[i][j]][j] for dim 0, and so on. @grad dY added up where it was read @source torch.gather */
export const gather = (x: Tensor, dim: number, index: Tensor): Tensor => {
  const d = normalizeDim("gather", dim, x.ndim);
  if (x.ndim === 0 && index.ndim <= 1)
    return reshape(gather(reshape(x, [1]), 0, reshape(index, [index.numel()])), index.shape);
  if (index.ndim === 0 && x.ndim === 1) return reshape(gather(x, 0, reshape(index, [1])), []);
  const fits = index.ndim === x.ndim && index.shape.every((size, i) => i === d || size <= (x.shape[i] as number));
  if (!fits) {
    throw new ShapeError({
      op: "gather",
      problem: "the index does not fit the tensor",
      rule: "as many dimensions, none but dim larger than x's",
      args: { x: x.shape, index: index.shape },
    });
  }
  checkIndex("gather", index, x.shape[d] ?? 1);
  return gather_([x], { dim: d, index });
};

const indexSelect_ = defineOp<{ dim: number; index: Tensor }>({
  name: "indexSelect",
  shape: ([x], { dim, index }) => ({ shape: (x as Tensor).shape.with(dim, index.numel()), dtype: (x as Tensor).dtype }),
  forward: (k, [y], [x], { dim, index }) => k.indexSelect(y as Tensor, x as Tensor, index, dim),
  backward: ([d], { attrs: { dim, index }, inputMeta }) => {
    const { shape } = inputMeta[0] as Tensor;
    const spread = expand(
      reshape(
        index,
        shape.map((_, i) => (i === dim ? index.numel() : 1)),
      ),
      (d as Tensor).shape,
    );
    return [scatterInto([d as Tensor], { dim, index: spread, shape })];
  },
});

/** The slices of dimension `dim` at `index` [S]. @grad dY added up where it was read @source torch.index_select */
export const indexSelect = (x: Tensor, dim: number, index: Tensor): Tensor => {
  const d = normalizeDim("indexSelect", dim, x.ndim);
  if (x.ndim === 0 && index.numel() === 1) return reshape(indexSelect(reshape(x, [1]), 0, index), []);
  if (index.ndim > 1 || x.ndim === 0)
    throw new ShapeError({
      op: "indexSelect",
      problem: "takes a vector of indices and at least 1 dimension",
      args: { x: x.shape, index: index.shape },
    });
  checkIndex("indexSelect", index, x.shape[d] as number);
  return indexSelect_([x], { dim: d, index });
};

/** Whether all elements and both shapes are equal. @source torch.equal */
export const equal = (a: Tensor, b: Tensor): boolean => {
  if (!sameShape(a.shape, b.shape)) return false;
  const other = b.toTypedArray();
  return a.toTypedArray().every((v, i) => v === other[i]);
};
