import type { Triple } from "../../backend/backend.js";
import { ValueError } from "../../tensor/errors.js";
import type { Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { reshape } from "../movement/reshape.js";

/** One number for all spatial dimensions, or one for each. */
export type PerDim = number | readonly number[];

/** @throws ValueError unless there is one integer for each dimension, all at least `least` */
export const perDim = (op: string, name: string, value: PerDim, dims: number, least: number): number[] => {
  const list = typeof value === "number" ? new Array<number>(dims).fill(value) : [...value];
  const all = list.length === 1 ? new Array<number>(dims).fill(list[0] as number) : list;
  if (all.length === dims && all.every((v) => Number.isInteger(v) && v >= least)) return all;
  throw new ValueError({
    op,
    problem: `${name} is ${typeof value === "number" ? value : `[${list.join(", ")}]`}`,
    rule: `an integer from ${least} up, or one for each of ${dims} dimensions`,
  });
};

/** As depth, height, width: what is missing in front is `filler`. */
export const triple = (values: readonly number[], filler: number): Triple =>
  [...new Array<number>(3 - values.length).fill(filler), ...values] as readonly number[] as Triple;

/** x [N, C, ...S] as [N, C, D, H, W]. */
export const asVolume = (x: Tensor): Tensor => reshape(x, [...x.shape.slice(0, 2), ...triple(x.shape.slice(2), 1)]);

/** Shape [N, C, ...S] as [N, C, D, H, W]. */
export const volumeShape = (shape: Shape): number[] => [...shape.slice(0, 2), ...triple(shape.slice(2), 1)];
