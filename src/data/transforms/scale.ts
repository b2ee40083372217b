import { tensor } from "../../tensor/create.js";
import { ShapeError, ValueError } from "../../tensor/errors.js";
import { checkImages, onBatch, type Transform } from "./transform.js";

/** Bytes 0…255 as float32 0…1; floating images stay as they are. @source torchvision.transforms.ConvertImageDtype */
export const toFloat = (): Transform => (images) => {
  checkImages("toFloat", images);
  return images.dtype === "uint8" ? images.to("float32").div(255) : images;
};

/**
 * `(x − mean) / std` for each channel; one number stands for all channels.
 *
 * @throws ValueError for a std that is not above 0; when called, for bytes and for another number of channels
 * @source torchvision.transforms.Normalize
 */
export const normalize = (mean: number | readonly number[], std: number | readonly number[]): Transform => {
  const [means, stds] = [[mean].flat(), [std].flat()] as [number[], number[]];
  if (!stds.every((s) => s > 0 && Number.isFinite(s)))
    throw new ValueError({ op: "normalize", problem: `std is ${stds.join(", ")}`, rule: "above 0" });
  return (images) =>
    onBatch("normalize", images, (batch) => {
      if (!batch.isFloatingPoint())
        throw new ValueError({ op: "normalize", problem: "these images are bytes", hint: "put toFloat() before it" });
      const C = batch.shape[1] as number;
      for (const [name, values] of Object.entries({ mean: means, std: stds }))
        if (values.length !== 1 && values.length !== C)
          throw new ShapeError({
            op: "normalize",
            problem: `${name} has ${values.length} values for ${C} channels`,
            args: { images: images.shape },
          });
      const perChannel = (values: readonly number[]) =>
        tensor(Float64Array.from(values), { dtype: batch.dtype }).reshape(1, -1, 1, 1);
      return batch.sub(perChannel(means)).div(perChannel(stds));
    });
};
