import { ShapeError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { permute, reshape } from "../movement/reshape.js";

const requireImage = (op: string, x: Tensor): void => {
  if (x.ndim >= 3) return;
  throw new ShapeError({ op, problem: "the input is no image", rule: "[..., C, H, W]", args: { x: x.shape } });
};

/** Channels laid out as pixels. @shape [..., C·r², H, W] → [..., C, H·r, W·r] @source torch.nn.functional.pixel_shuffle; Shi et al., 2016 */
export const pixelShuffle = (x: Tensor, r: number): Tensor => {
  requireImage("pixelShuffle", x);
  const [C, H, W] = x.shape.slice(-3) as [number, number, number];
  if (!Number.isInteger(r) || r < 1 || C % (r * r) !== 0)
    throw new ShapeError({
      op: "pixelShuffle",
      problem: `${C} channels cannot be divided by ${r}²`,
      args: { x: x.shape },
    });
  const lead = x.shape.slice(0, -3);
  const parts = reshape(
    x,
    [-1, C / (r * r), r, r, H, W].map((size, i) => (i === 0 ? lead.reduce((a, b) => a * b, 1) : size)),
  );
  return reshape(permute(parts, 0, 1, 4, 2, 5, 3), [...lead, C / (r * r), H * r, W * r]);
};

/** Pixels laid out as channels. @shape [..., C, H·r, W·r] → [..., C·r², H, W] @source torch.nn.functional.pixel_unshuffle */
export const pixelUnshuffle = (x: Tensor, r: number): Tensor => {
  requireImage("pixelUnshuffle", x);
  const [C, H, W] = x.shape.slice(-3) as [number, number, number];
  if (!Number.isInteger(r) || r < 1 || H % r !== 0 || W % r !== 0)
    throw new ShapeError({
      op: "pixelUnshuffle",
      problem: `an image of ${H} × ${W} cannot be divided by ${r}`,
      args: { x: x.shape },
    });
  const lead = x.shape.slice(0, -3);
  const parts = reshape(x, [lead.reduce((a, b) => a * b, 1), C, H / r, r, W / r, r]);
  return reshape(permute(parts, 0, 1, 3, 5, 2, 4), [...lead, C * r * r, H / r, W / r]);
};

/** The channels of each group dealt out in turn. @source torch.nn.functional.channel_shuffle; Zhang et al., 2018 */
export const channelShuffle = (x: Tensor, groups: number): Tensor => {
  if (x.ndim < 3 || (x.shape[1] as number) % groups !== 0)
    throw new ShapeError({
      op: "channelShuffle",
      problem: `the channels cannot be divided into ${groups} groups`,
      args: { x: x.shape },
    });
  const [N, C] = x.shape as [number, number];
  const rest = x.shape.slice(2);
  const parts = reshape(x, [N, groups, C / groups, ...rest]);
  return reshape(permute(parts, [0, 2, 1, ...rest.map((_, i) => i + 3)]), x.shape);
};
