import { eye } from "../../tensor/create.js";
import { ShapeError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { reshape, squeeze, unsqueeze } from "../movement/reshape.js";
import { convolve, convolveTransposed } from "./convolution.js";
import { type PerDim, perDim, triple } from "./spatial.js";

export interface UnfoldOptions {
  dilation?: PerDim | undefined;
  padding?: PerDim | undefined;
  stride?: PerDim | undefined;
}

interface Geometry {
  readonly kernel: number[];
  readonly dilation: number[];
  readonly padding: number[];
  readonly stride: number[];
}

const geometryOf = (
  op: string,
  kernelSize: PerDim,
  { dilation = 1, padding = 0, stride = 1 }: UnfoldOptions,
): Geometry => ({
  kernel: perDim(op, "kernelSize", kernelSize, 2, 1),
  dilation: perDim(op, "dilation", dilation, 2, 1),
  padding: perDim(op, "padding", padding, 2, 0),
  stride: perDim(op, "stride", stride, 2, 1),
});

const positionsOf = ({ kernel, dilation, padding, stride }: Geometry, size: readonly number[]): number[] =>
  kernel.map((k, i) => {
    const free = (size[i] as number) + 2 * (padding[i] as number) - (dilation[i] as number) * (k - 1) - 1;
    return Math.floor(free / (stride[i] as number)) + 1;
  });

/** Weights that pick each element of a window: a convolution by them lays windows side by side. */
const picking = (x: Tensor, [kh, kw]: readonly number[]): Tensor => {
  const n = (kh as number) * (kw as number);
  return reshape(eye(n, { dtype: x.dtype }), [n, 1, 1, kh as number, kw as number]);
};

const specOf = ({ dilation, padding, stride }: Geometry) => ({
  stride: triple(stride, 1),
  padding: triple(padding, 0),
  dilation: triple(dilation, 1),
  groups: 1,
});

/**
 * The windows of an image as columns.
 *
 * @shape x [N, C, H, W] or [C, H, W] → [N, C · KH · KW, positions]
 * @source torch.nn.functional.unfold
 */
export const unfold = (x: Tensor, kernelSize: PerDim, options: UnfoldOptions = {}): Tensor => {
  if (x.ndim !== 3 && x.ndim !== 4)
    throw new ShapeError({
      op: "unfold",
      problem: "the input is no image",
      rule: "[N, C, H, W] or [C, H, W]",
      args: { x: x.shape },
    });
  const geometry = geometryOf("unfold", kernelSize, options);
  const input = x.ndim === 3 ? unsqueeze(x, 0) : x;
  const [N, C, H, W] = input.shape as readonly [number, number, number, number];
  const positions = positionsOf(geometry, [H, W]);
  if (positions.some((n) => n < 1))
    throw new ShapeError({
      op: "unfold",
      problem: "the window is larger than the padded input",
      args: { x: x.shape, kernel: geometry.kernel },
    });
  const n = (geometry.kernel[0] as number) * (geometry.kernel[1] as number);
  const planes = reshape(input, [N * C, 1, 1, H, W]);
  const picked = convolve(planes, picking(x, geometry.kernel), null, [N * C, n, 1, ...positions], specOf(geometry));
  const columns = reshape(picked, [N, C * n, (positions[0] as number) * (positions[1] as number)]);
  return x.ndim === 3 ? squeeze(columns, 0) : columns;
};

/**
 * Columns put back into an image, overlaps added up: the adjoint of unfold.
 *
 * @shape x [N, C · KH · KW, positions] → [N, C, ...outputSize]
 * @source torch.nn.functional.fold
 */
export const fold = (x: Tensor, outputSize: PerDim, kernelSize: PerDim, options: UnfoldOptions = {}): Tensor => {
  if (x.ndim !== 2 && x.ndim !== 3)
    throw new ShapeError({
      op: "fold",
      problem: "the input is no columns",
      rule: "[N, C · KH · KW, positions]",
      args: { x: x.shape },
    });
  const geometry = geometryOf("fold", kernelSize, options);
  const size = perDim("fold", "outputSize", outputSize, 2, 1);
  const input = x.ndim === 2 ? unsqueeze(x, 0) : x;
  const [N, rows, columns] = input.shape as readonly [number, number, number];
  const n = (geometry.kernel[0] as number) * (geometry.kernel[1] as number);
  const positions = positionsOf(geometry, size);
  if (
    rows % n !== 0 ||
    positions.some((p) => p < 1) ||
    columns !== (positions[0] as number) * (positions[1] as number)
  ) {
    throw new ShapeError({
      op: "fold",
      problem: `${rows} × ${columns} does not fit windows of ${n} at ${positions.join(" × ")} positions`,
      args: { x: x.shape, outputSize: size },
    });
  }
  const C = rows / n;
  const picked = reshape(input, [N * C, n, 1, ...positions]);
  const image = convolveTransposed(picked, picking(x, geometry.kernel), [N * C, 1, 1, ...size], specOf(geometry));
  const whole = reshape(image, [N, C, ...size]);
  return x.ndim === 2 ? squeeze(whole, 0) : whole;
};
