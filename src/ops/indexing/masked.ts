import { backend } from "../../backend/current.js";
import { tensor } from "../../tensor/create.js";
import { DTypeError, ValueError } from "../../tensor/errors.js";
import { broadcastShapes } from "../../tensor/shape.js";
import { elementsOf, Tensor } from "../../tensor/tensor.js";
import { expand } from "../movement/broadcast.js";
import { reshape } from "../movement/reshape.js";
import { narrow } from "../movement/slice.js";
import { checkSameDtype } from "./checkIndex.js";
import { gather } from "./gather.js";
import { indexInto } from "./indexInto.js";

export interface NonzeroOptions {
  /** One vector of indices for each dimension, instead of one matrix. Default false. */
  asTuple?: boolean | undefined;
}

const placesOf = (x: Tensor): Tensor => {
  const places = backend().nonzero(x);
  const count = x.ndim === 0 ? Number(x.item() !== 0) : places.length / x.ndim;
  return tensor(places, { shape: [count, x.ndim] });
};

/**
 * The indices [n, rank] (int32) of the elements that are not 0, row-major; NaN is not 0.
 *
 * @source torch.nonzero
 */
export function nonzero(x: Tensor, options: { asTuple: true }): Tensor[];
export function nonzero(x: Tensor, options?: { asTuple?: false | undefined }): Tensor;
export function nonzero(x: Tensor, { asTuple = false }: NonzeroOptions = {}): Tensor | Tensor[] {
  if (!asTuple) return placesOf(x);
  const whole = x.ndim === 0 ? reshape(x, [1]) : x;
  const places = placesOf(whole).toTypedArray();
  const rank = whole.ndim;
  return whole.shape.map((_, d) =>
    tensor(Int32Array.from({ length: places.length / rank }, (_v, i) => places[i * rank + d] as number)),
  );
}

/** As nonzero. @source torch.argwhere */
export const argwhere = (x: Tensor): Tensor => placesOf(x);

/** @internal Row-major places where a mask holds, as an int32 vector. */
export const placesInside = (op: string, mask: Tensor): Tensor => {
  if (mask.dtype !== "bool" && mask.dtype !== "uint8")
    throw new DTypeError({ op, problem: `the mask is ${mask.dtype}, not bool`, hint: "compare first: x.gt(0)" });
  const flags = mask.toTypedArray();
  let count = 0;
  for (const flag of flags) if (flag !== 0) count++;
  const places = Tensor.empty([count], "int32");
  const out = elementsOf(places, "int32");
  let at = 0;
  flags.forEach((flag, i) => {
    if (flag !== 0) out[at++] = i;
  });
  return places;
};

/** The elements where the mask holds, as a vector; both broadcast. @grad dY where the mask holds @source torch.masked_select */
export const maskedSelect = (x: Tensor, mask: Tensor): Tensor => {
  const shape = broadcastShapes("maskedSelect", x.shape, mask.shape);
  const places = placesInside("maskedSelect", expand(mask, shape));
  const whole = expand(x, shape);
  return gather(reshape(whole, [whole.numel()]), 0, places);
};

/**
 * A copy of x with source's elements, one after the other, where the mask holds; x and mask broadcast.
 *
 * @grad   dX is dY where the mask does not hold; dSource is dY where it does, 0 for elements that were not used
 * @throws ValueError when the source has too few elements
 * @source torch.masked_scatter
 */
export const maskedScatter = (x: Tensor, mask: Tensor, source: Tensor): Tensor => {
  const op = "maskedScatter";
  checkSameDtype(op, x, source, "source");
  const shape = broadcastShapes(op, x.shape, mask.shape);
  const places = placesInside(op, expand(mask, shape));
  const count = places.numel();
  if (source.numel() < count) {
    throw new ValueError({
      op,
      problem: `the mask holds ${count} times, the source has ${source.numel()} elements`,
      args: { mask: mask.shape, source: source.shape },
    });
  }
  const whole = expand(x, shape);
  const used = narrow(reshape(source, [source.numel()]), 0, 0, count);
  const y = indexInto([reshape(whole, [whole.numel()]), places, used], { dim: 0, how: "set" });
  return reshape(y, shape);
};
