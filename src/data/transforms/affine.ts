import { defaultGenerator } from "../../random/generator.js";
import { formatShape, ValueError } from "../../tensor/errors.js";
import { elementsOf, Tensor } from "../../tensor/tensor.js";
import { roundEven, uniform32 } from "./draws.js";
import { type Drawn, onBatch, type Transform } from "./transform.js";

export interface RotationOptions extends Drawn {
  /** How pixels between pixels are made. Default "nearest", as in torchvision; "bilinear" is smoother. */
  mode?: "nearest" | "bilinear" | undefined;
  /** What comes in from outside. Default 0. */
  fill?: number | undefined;
}

export interface AffineOptions extends RotationOptions {
  /** Shift to the sides and up and down of up to so large a share of width and height; whole pixels. Default none. */
  translate?: readonly [number, number] | undefined;
  /** Size, from and to, where 1 leaves it. Default 1. */
  scale?: readonly [number, number] | undefined;
  /** Slant in degrees: up to so much either way, [from, to] to the side, or that and [from, to] upright. Default none. */
  shear?: number | readonly [number, number] | readonly [number, number, number, number] | undefined;
}

type Range = readonly [number, number];

/** One number is a range around 0. @throws ValueError for a range that is none */
const rangeOf = (op: string, name: string, value: number | Range, least = Number.NEGATIVE_INFINITY): Range => {
  const range: Range = typeof value === "number" ? [-value, value] : value;
  if (range.length === 2 && range[0] <= range[1] && range[0] >= least) return range;
  throw new ValueError({
    op,
    problem: `${name} is ${typeof value === "number" ? value : formatShape(value)}`,
    rule: typeof value === "number" ? "a number from 0 up" : "[from, to]",
  });
};

/** The place of the picture [2 rows of 3] that each pixel of the result is read from, in pixels from the middle. */
const inverseMatrix = (angle: number, [tx, ty]: Range, scale: number, [shearX, shearY]: Range): number[] => {
  const [rot, sx, sy] = [angle, shearX, shearY].map((degrees) => (degrees * Math.PI) / 180) as [number, number, number];
  const a = Math.cos(rot - sy) / Math.cos(sy);
  const b = (-Math.cos(rot - sy) * Math.tan(sx)) / Math.cos(sy) - Math.sin(rot);
  const c = Math.sin(rot - sy) / Math.cos(sy);
  const d = (-Math.sin(rot - sy) * Math.tan(sx)) / Math.cos(sy) + Math.cos(rot);
  // Rotation and shear keep areas, so the inverse needs no determinant.
  const [p, q, r, s] = [d, -b, -c, a].map((x) => x / scale) as [number, number, number, number];
  return [p, q, -p * tx - q * ty, r, s, -r * tx - s * ty];
};

/** Reads each image at the places that its own matrix names; `fill` lies around it. */
const warped = (
  images: Tensor,
  matrices: readonly number[][],
  { mode = "nearest", fill = 0 }: RotationOptions,
): Tensor => {
  const [N, C, H, W] = images.shape as [number, number, number, number];
  const source = images.contiguous();
  const out = Tensor.empty(images.shape, images.dtype);
  const [from, to] = [elementsOf(source, images.dtype), elementsOf(out, images.dtype)];
  const [midX, midY] = [(W - 1) / 2, (H - 1) / 2];
  for (let n = 0; n < N; n++) {
    const [a, b, tx, c, d, ty] = matrices[n] as [number, number, number, number, number, number];
    for (let channel = 0; channel < C; channel++) {
      const start = (n * C + channel) * H * W;
      const at = (x: number, y: number): number =>
        x >= 0 && x < W && y >= 0 && y < H ? (from[start + y * W + x] as number) : fill;
      for (let i = 0; i < H * W; i++) {
        const [x, y] = [(i % W) - midX, Math.floor(i / W) - midY];
        const [px, py] = [a * x + b * y + tx + midX, c * x + d * y + ty + midY];
        const value = mode === "nearest" ? at(roundEven(px), roundEven(py)) : between(at, px, py);
        to[start + i] = images.dtype === "uint8" ? roundEven(value) : value;
      }
    }
  }
  return out;
};

/** The four pixels around a place, weighted by how near they are. */
const between = (at: (x: number, y: number) => number, x: number, y: number): number => {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [right, down] = [x - left, y - top];
  const upper = at(left, top) * (1 - right) + at(left + 1, top) * right;
  const lower = at(left, top + 1) * (1 - right) + at(left + 1, top + 1) * right;
  return upper * (1 - down) + lower * down;
};

/**
 * Each image is turned by an angle, shifted, resized and slanted at random, around its middle.
 *
 * @param degrees up to so much either way, or [from, to]; clockwise
 * @throws ValueError for ranges that are none
 * @source torchvision.transforms.RandomAffine: angle, shifts, scale and shears are drawn in this order
 */
export const randomAffine = (degrees: number | Range, options: AffineOptions = {}): Transform => {
  const op = "randomAffine";
  const { translate, scale, shear, generator = defaultGenerator } = options;
  const angles = rangeOf(op, "degrees", degrees);
  for (const share of translate ?? [])
    if (!(share >= 0 && share <= 1))
      throw new ValueError({ op, problem: `translate is ${formatShape(translate ?? [])}`, rule: "shares from 0 to 1" });
  const scales = scale === undefined ? null : rangeOf(op, "scale", scale, Number.MIN_VALUE);
  const slants =
    shear === undefined || typeof shear === "number" || shear.length === 2
      ? [rangeOf(op, "shear", shear ?? 0)]
      : [rangeOf(op, "shear", [shear[0], shear[1]]), rangeOf(op, "shear", [shear[2], shear[3]])];
  return (images) =>
    onBatch(op, images, (batch) => {
      const [N, , H, W] = batch.shape as [number, number, number, number];
      const draw = ([low, high]: Range): number => uniform32(generator, low, high);
      const matrices = Array.from({ length: N }, () => {
        const angle = draw(angles);
        const shift = (translate ?? []).map((share, i) => {
          const most = share * (i === 0 ? W : H);
          return roundEven(draw([-most, most]));
        });
        const size = scales === null ? 1 : draw(scales);
        const [shearX = 0, shearY = 0] = shear === undefined ? [] : slants.map(draw);
        return inverseMatrix(angle, [shift[0] ?? 0, shift[1] ?? 0], size, [shearX, shearY]);
      });
      return warped(batch, matrices, options);
    });
};

/**
 * Each image is turned by a random angle around its middle.
 *
 * @param degrees up to so much either way, or [from, to]; counter-clockwise
 * @source torchvision.transforms.RandomRotation
 */
export const randomRotation = (degrees: number | Range, options: RotationOptions = {}): Transform => {
  const [low, high] = rangeOf("randomRotation", "degrees", degrees);
  const { generator = defaultGenerator } = options;
  return (images) =>
    onBatch("randomRotation", images, (batch) => {
      const matrices = Array.from({ length: batch.shape[0] as number }, () =>
        inverseMatrix(-uniform32(generator, low, high), [0, 0], 1, [0, 0]),
      );
      return warped(batch, matrices, options);
    });
};
