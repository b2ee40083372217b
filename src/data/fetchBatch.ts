import { tensor } from "../tensor/create.js";
import { defaultCollate } from "./collate.js";
import type { Dataset } from "./dataset.js";

/** A batch of samples: by `collateFn` where there is one, else by the data set's `gather`, else by defaultCollate. */
export const fetchBatch = async <Sample>(
  set: Dataset<Sample>,
  collateFn: ((samples: Sample[]) => unknown) | undefined,
  indices: readonly number[],
): Promise<unknown> => {
  if (collateFn === undefined && set.gather !== undefined) return set.gather(tensor(Int32Array.from(indices)));
  const samples = await Promise.all(indices.map((i) => set.get(i)));
  return collateFn === undefined ? defaultCollate(samples) : collateFn(samples);
};
