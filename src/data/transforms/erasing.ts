import { defaultGenerator, type Generator } from "../../random/generator.js";
import { ValueError } from "../../tensor/errors.js";
import { elementsOf } from "../../tensor/tensor.js";
import { drawUpTo, roundEven, uniform32 } from "./draws.js";
import { checkProbability, type Drawn, onBatch, type Transform } from "./transform.js";

export interface ErasingOptions extends Drawn {
  /** How probable it is that something is erased. Default 0.5. */
  p?: number | undefined;
  /** Share of the image's area, from and to. Default [0.02, 0.33]. */
  scale?: readonly [number, number] | undefined;
  /** Width by height, from and to. Default [0.3, 3.3]. */
  ratio?: readonly [number, number] | undefined;
  /** What is there afterwards. Default 0. */
  value?: number | undefined;
}

/**
 * One rectangle of each image is overwritten.
 *
 * @throws ValueError for a scale outside of 0…1, and for a ratio that is not above 0
 * @source torchvision.transforms.RandomErasing; Zhong et al., 2017. Up to ten rectangles are drawn until one fits
 */
export const randomErasing = ({
  p = 0.5,
  scale = [0.02, 0.33],
  ratio = [0.3, 3.3],
  value = 0,
  generator = defaultGenerator,
}: ErasingOptions = {}): Transform => {
  checkProbability("randomErasing", p);
  const checkRange = (name: string, [low, high]: readonly [number, number], most: number): void => {
    if (low >= 0 && low <= high && high <= most && high > 0) return;
    throw new ValueError({
      op: "randomErasing",
      problem: `${name} is [${low}, ${high}]`,
      rule: `[from, to], above 0 ${most === 1 ? "and up to 1" : ""}`.trim(),
    });
  };
  checkRange("scale", scale, 1);
  checkRange("ratio", ratio, Number.POSITIVE_INFINITY);
  return (images) =>
    onBatch("randomErasing", images, (batch) => {
      const out = batch.clone();
      const [N, C, H, W] = batch.shape as [number, number, number, number];
      const pixels = elementsOf(out, out.dtype);
      for (let n = 0; n < N; n++) {
        if (generator.nextFloat32() >= p) continue;
        const box = drawBox(H, W, scale, ratio, generator);
        if (box === null) continue;
        for (let c = 0; c < C; c++)
          for (let y = box.top; y < box.top + box.h; y++) {
            const row = ((n * C + c) * H + y) * W + box.left;
            pixels.fill(value, row, row + box.w);
          }
      }
      return out;
    });
};

const drawBox = (
  H: number,
  W: number,
  [least, most]: readonly [number, number],
  ratio: readonly [number, number],
  generator: Generator,
): { top: number; left: number; h: number; w: number } | null => {
  const [low, high] = [Math.fround(Math.log(ratio[0])), Math.fround(Math.log(ratio[1]))];
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = H * W * uniform32(generator, least, most);
    const aspect = Math.fround(Math.exp(uniform32(generator, low, high)));
    const [h, w] = [roundEven(Math.sqrt(area * aspect)), roundEven(Math.sqrt(area / aspect))];
    if (h >= H || w >= W) continue;
    const top = drawUpTo(H - h, generator);
    return { top, left: drawUpTo(W - w, generator), h, w };
  }
  return null;
};
