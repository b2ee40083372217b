import { defineOp, type Op } from "../../autograd/defineOp.js";
import type { DType } from "../../backend/dtype.js";
import { ShapeError } from "../../tensor/errors.js";
import { checkShape } from "../../tensor/shape.js";
import { elementsOf, Tensor } from "../../tensor/tensor.js";

interface Triangle {
  readonly diagonal: number;
  readonly isUpper: boolean;
}

const isInside = (row: number, column: number, { diagonal, isUpper }: Triangle): boolean =>
  isUpper ? column - row >= diagonal : column - row <= diagonal;

const triangle_: Op<Triangle> = defineOp<Triangle>({
  name: "triangle",
  shape: ([x]) => x as Tensor,
  forward: (k, [y], [x], triangle) => {
    const [rows, columns] = (x as Tensor).shape.slice(-2) as [number, number];
    const mask = Tensor.empty([rows, columns], "bool");
    const bytes = elementsOf(mask, "bool");
    for (let i = 0; i < bytes.length; i++) bytes[i] = Number(isInside(Math.floor(i / columns), i % columns, triangle));
    k.where(y as Tensor, mask, x as Tensor, 0);
    mask.storage.release("triangle");
  },
  backward: ([d], { attrs }) => [triangle_([d as Tensor], attrs)],
});

const triangle = (op: string, x: Tensor, attrs: Triangle): Tensor => {
  if (x.ndim < 2) throw new ShapeError({ op, problem: "takes matrices: at least 2 dimensions", args: { x: x.shape } });
  if (!Number.isInteger(attrs.diagonal)) throw new ShapeError({ op, problem: `${attrs.diagonal} is not a diagonal` });
  return triangle_([x], attrs);
};

/** The lower triangle of matrices, up to a diagonal; 0 above it. @grad the same triangle of dY @source torch.tril */
export const tril = (x: Tensor, diagonal = 0): Tensor => triangle("tril", x, { diagonal, isUpper: false });
/** The upper triangle of matrices, from a diagonal on; 0 below it. @grad the same triangle of dY @source torch.triu */
export const triu = (x: Tensor, diagonal = 0): Tensor => triangle("triu", x, { diagonal, isUpper: true });

export interface TriangleIndicesOptions {
  /** Default int32. */
  dtype?: DType | undefined;
}

const triangleIndices = (op: string, row: number, col: number, triangleOf: Triangle, dtype: DType): Tensor => {
  checkShape(op, [row, col]);
  const places: [number, number][] = [];
  for (let i = 0; i < row; i++) for (let j = 0; j < col; j++) if (isInside(i, j, triangleOf)) places.push([i, j]);
  const x = Tensor.empty([2, places.length], dtype);
  const out = elementsOf(x, dtype);
  places.forEach(([i, j], n) => {
    out[n] = i;
    out[places.length + n] = j;
  });
  return x;
};

/** Row and column indices [2, n] of a lower triangle, row by row. @source torch.tril_indices */
export const trilIndices = (
  row: number,
  col: number,
  offset = 0,
  { dtype = "int32" }: TriangleIndicesOptions = {},
): Tensor => triangleIndices("trilIndices", row, col, { diagonal: offset, isUpper: false }, dtype);
/** Row and column indices [2, n] of an upper triangle, row by row. @source torch.triu_indices */
export const triuIndices = (
  row: number,
  col: number,
  offset = 0,
  { dtype = "int32" }: TriangleIndicesOptions = {},
): Tensor => triangleIndices("triuIndices", row, col, { diagonal: offset, isUpper: true }, dtype);
