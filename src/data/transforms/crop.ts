import { pad } from "../../ops/movement/pad.js";
import { interpolate } from "../../ops/resample/interpolate.js";
import { defaultGenerator } from "../../random/generator.js";
import { ShapeError } from "../../tensor/errors.js";
import { elementsOf, Tensor } from "../../tensor/tensor.js";
import { drawUpTo, roundEven } from "./draws.js";
import { type Drawn, onBatch, sizeOfImages, type Transform, throughFloat } from "./transform.js";

export interface CropOptions extends Drawn {
  /** Pixels added around the image first: on all sides, [left and right, top and bottom], or [left, top, right, bottom]. Default 0. */
  padding?: number | readonly [number, number] | readonly [number, number, number, number] | undefined;
  /** Value of added pixels. Default 0. */
  fill?: number | undefined;
  /** What is added: a value, or the image mirrored with or without its edge, or the edge itself. Default "constant". */
  paddingMode?: "constant" | "edge" | "reflect" | undefined;
}

/**
 * A part of each image at a random place; with padding it moves the image by up to so many pixels.
 *
 * @shape [N, C, H, W] → [N, C, ...size]
 * @throws ShapeError when called with images that, padded, are smaller than the size
 * @source torchvision.transforms.RandomCrop: the top is drawn first, then the left; no draw where the size is the image's
 */
export const randomCrop = (size: number | readonly [number, number], options: CropOptions = {}): Transform => {
  const [h, w] = sizeOfImages("randomCrop", size);
  const { padding = 0, fill = 0, paddingMode = "constant", generator = defaultGenerator } = options;
  const [left, top, right, bottom] = sidesOf(padding);
  const mode = { constant: "constant", edge: "replicate", reflect: "reflect" } as const;
  return (images) =>
    onBatch("randomCrop", images, (batch) => {
      const isPadded = left + top + right + bottom > 0;
      const whole = isPadded
        ? pad(batch, [left, right, top, bottom], {
            mode: mode[paddingMode],
            value: paddingMode === "constant" ? fill : null,
          })
        : batch;
      const [N, , H, W] = whole.shape as [number, number, number, number];
      checkFits("randomCrop", whole, h, w);
      if (H === h && W === w) return whole;
      const places = Array.from({ length: N }, () => {
        const y = drawUpTo(H - h, generator);
        return [y, drawUpTo(W - w, generator)] as const;
      });
      return cut(whole.contiguous(), h, w, places);
    });
};

const sidesOf = (padding: NonNullable<CropOptions["padding"]>): readonly [number, number, number, number] => {
  if (typeof padding === "number") return [padding, padding, padding, padding];
  if (padding.length === 2) return [padding[0], padding[1], padding[0], padding[1]];
  return padding;
};

const checkFits = (op: string, images: Tensor, h: number, w: number): void => {
  const [H, W] = images.shape.slice(2) as [number, number];
  if (H >= h && W >= w) return;
  throw new ShapeError({
    op,
    problem: `the images are ${H} × ${W}, smaller than the size asked for`,
    args: { images: images.shape, size: [h, w] },
    hint: "ask for a smaller size, or add padding",
  });
};

/** h × w pixels of each image from its own top and left on. */
const cut = (images: Tensor, h: number, w: number, places: readonly (readonly [number, number])[]): Tensor => {
  const [N, C, H, W] = images.shape as [number, number, number, number];
  const out = Tensor.empty([N, C, h, w], images.dtype);
  const [from, to] = [elementsOf(images, images.dtype), elementsOf(out, images.dtype)];
  for (let n = 0; n < N; n++) {
    const [top, left] = places[n] as readonly [number, number];
    for (let c = 0; c < C; c++) {
      for (let y = 0; y < h; y++) {
        const start = ((n * C + c) * H + top + y) * W + left;
        to.set(from.subarray(start, start + w), ((n * C + c) * h + y) * w);
      }
    }
  }
  return out;
};

/**
 * The middle of each image; smaller images get black around them.
 *
 * @shape [N, C, H, W] → [N, C, ...size]
 * @source torchvision.transforms.CenterCrop: halves are rounded to the even neighbour
 */
export const centerCrop = (size: number | readonly [number, number]): Transform => {
  const [h, w] = sizeOfImages("centerCrop", size);
  return (images) =>
    onBatch("centerCrop", images, (batch) => {
      const [missH, missW] = [Math.max(0, h - (batch.shape[2] as number)), Math.max(0, w - (batch.shape[3] as number))];
      const around = [missW >> 1, (missW + 1) >> 1, missH >> 1, (missH + 1) >> 1];
      const whole = missH + missW > 0 ? pad(batch, around) : batch;
      const [H, W] = whole.shape.slice(2) as [number, number];
      return whole.narrow(2, roundEven((H - h) / 2), h).narrow(3, roundEven((W - w) / 2), w);
    });
};

export interface ResizeOptions {
  /** Default "bilinear". */
  mode?: "bilinear" | "nearest" | "bicubic" | undefined;
}

/**
 * Images of another size; one number is the shorter side's, and the longer one keeps the proportion. Bytes are rounded.
 *
 * @shape [N, C, H, W] → [N, C, ...size]
 * @source torchvision.transforms.Resize with antialias=False
 */
export const resize = (
  size: number | readonly [number, number],
  { mode = "bilinear" }: ResizeOptions = {},
): Transform => {
  const wanted = sizeOfImages("resize", size);
  return (images) =>
    onBatch("resize", images, (batch) => {
      const [H, W] = batch.shape.slice(2) as [number, number];
      const shorter = Math.min(H, W);
      const scaled = (n: number): number => (n === shorter ? wanted[0] : Math.trunc((wanted[0] * n) / shorter));
      const target = typeof size === "number" ? [scaled(H), scaled(W)] : wanted;
      if (target[0] === H && target[1] === W) return batch;
      return throughFloat(batch, (x) => interpolate(x, { size: target, mode }));
    });
};
