import { where } from "../../ops/elementwise/where.js";
import { defaultGenerator } from "../../random/generator.js";
import { tensor } from "../../tensor/create.js";
import { checkProbability, type Drawn, onBatch, type Transform } from "./transform.js";

export interface FlipOptions extends Drawn {
  /** How probable a flip is. Default 0.5. */
  p?: number | undefined;
}

const randomFlip =
  (op: string, dim: number) =>
  ({ p = 0.5, generator = defaultGenerator }: FlipOptions = {}): Transform => {
    checkProbability(op, p);
    return (images) =>
      onBatch(op, images, (batch) => {
        const isFlipped = Array.from({ length: batch.shape[0] as number }, () => generator.nextFloat32() < p);
        return where(tensor(isFlipped).reshape(-1, 1, 1, 1), batch.flip([dim]), batch);
      });
  };

/** Left and right change places. @source torchvision.transforms.RandomHorizontalFlip */
export const randomHorizontalFlip: (options?: FlipOptions) => Transform = randomFlip("randomHorizontalFlip", 3);
/** Top and bottom change places. @source torchvision.transforms.RandomVerticalFlip */
export const randomVerticalFlip: (options?: FlipOptions) => Transform = randomFlip("randomVerticalFlip", 2);
