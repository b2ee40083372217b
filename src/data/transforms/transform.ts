import type { Generator } from "../../random/generator.js";
import { DTypeError, formatShape, ShapeError, ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";

/** Takes one image [C, H, W] or a batch [N, C, H, W], uint8 or floating, and treats each image of a batch by itself. */
export type Transform = (images: Tensor) => Tensor;

export interface Drawn {
  /** What random choices are drawn from. Default: the one that manualSeed seeds. */
  generator?: Generator | undefined;
}

/**
 * One transform after the other. Any function from tensor to tensor will do as a step.
 *
 * @source torchvision.transforms.Compose
 * @example const augment = transforms.compose([transforms.randomCrop(28, { padding: 2 }), (x) => x.mul(2).sub(1)]);
 */
export const compose =
  (steps: readonly Transform[]): Transform =>
  (images) =>
    steps.reduce((x, step) => step(x), images);

/** @throws ShapeError, DTypeError for what are no images */
export const checkImages = (op: string, images: Tensor): void => {
  if (images.ndim !== 3 && images.ndim !== 4)
    throw new ShapeError({
      op,
      problem: `these are no images: ${images.ndim} dimensions`,
      rule: "one image [C, H, W], or a batch [N, C, H, W]",
      args: { images: images.shape },
      hint:
        images.ndim === 2
          ? "rows of pixels become images with data.mnist({ flatten: false }), or reshape(-1, 1, 28, 28)"
          : undefined,
    });
  if (images.dtype === "uint8" || images.isFloatingPoint()) return;
  throw new DTypeError({ op, problem: `these images are ${images.dtype}`, rule: "uint8, float32 or float64" });
};

/** Calls `change` with a batch [N, C, H, W]; one image counts as a batch of one. */
export const onBatch = (op: string, images: Tensor, change: (batch: Tensor) => Tensor): Tensor => {
  checkImages(op, images);
  return images.ndim === 4 ? change(images) : change(images.unsqueeze(0)).squeeze(0);
};

/** @throws ValueError unless from 0 to 1 */
export const checkProbability = (op: string, p: number): void => {
  if (!(p >= 0 && p <= 1)) throw new ValueError({ op, problem: `p is ${p}`, rule: "a probability from 0 to 1" });
};

/** A size as [height, width]: one number is both. @throws ValueError for what is no size */
export const sizeOfImages = (op: string, size: number | readonly [number, number]): readonly [number, number] => {
  const both: readonly [number, number] = typeof size === "number" ? [size, size] : size;
  if (both.length !== 2 || !both.every((n) => Number.isInteger(n) && n > 0))
    throw new ValueError({
      op,
      problem: `the size is ${typeof size === "number" ? size : formatShape(size)}`,
      rule: "one integer from 1 up, or [height, width]",
    });
  return both;
};

/** Computes in float32, and gives bytes back as bytes. */
export const throughFloat = (images: Tensor, change: (x: Tensor) => Tensor): Tensor =>
  images.dtype === "uint8"
    ? change(images.to("float32")).round().clamp({ min: 0, max: 255 }).to("uint8")
    : change(images);
