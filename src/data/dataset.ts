import { indexSelect } from "../ops/indexing/gather.js";
import { select } from "../ops/movement/slice.js";
import { IndexError, ShapeError, ValueError } from "../tensor/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Collated } from "./collate.js";

/**
 * Samples by number. An array of samples will do as well.
 *
 * @source torch.utils.data.Dataset
 */
export interface Dataset<Sample = Tensor[]> {
  readonly length: number;
  /** One sample, or a promise of it where it has to be read first. */
  get(index: number): Sample | Promise<Sample>;
  /** The samples at `indices` [S] as one batch, where that is faster than one by one: each part's first dimension is S. */
  gather?(indices: Tensor): Collated<Sample> | Promise<Collated<Sample>>;
}

/** A place from 0 up; negative ones count from the end. @throws IndexError outside of 0…length−1 */
export const placeIn = (op: string, index: number, length: number): number => {
  const place = index < 0 ? index + length : index;
  if (Number.isInteger(place) && place >= 0 && place < length) return place;
  throw new IndexError({
    op,
    problem: `there is no sample ${index}`,
    rule: length === 0 ? "the data set is empty" : `integers from ${-length} to ${length - 1}`,
  });
};

/** A data set, or an array of samples as one. */
export const asDataset = <Sample>(source: Dataset<Sample> | readonly Sample[]): Dataset<Sample> => {
  if (!isArray(source)) return source;
  return { length: source.length, get: (i) => source[placeIn("get", i, source.length)] as Sample };
};

const isArray: (x: unknown) => x is readonly unknown[] = Array.isArray;

/** Tensors whose first dimension counts the samples. @source torch.utils.data.TensorDataset */
export class TensorDataset<Parts extends Tensor[] = Tensor[]> {
  readonly tensors: Parts;
  readonly length: number;

  constructor(...tensors: Parts) {
    const [first] = tensors;
    if (first === undefined) throw new ValueError({ op: "TensorDataset", problem: "there is no tensor" });
    for (const x of tensors) {
      if (x.ndim === 0 || x.shape[0] !== first.shape[0]) {
        throw new ShapeError({
          op: "TensorDataset",
          problem: "the tensors have different numbers of samples",
          args: Object.fromEntries(tensors.map((t, i) => [`tensors[${i}]`, t.shape])),
        });
      }
    }
    this.tensors = tensors;
    this.length = first.shape[0] as number;
  }

  get(index: number): Parts {
    return this.tensors.map((x) => select(x, 0, index)) as Parts;
  }

  gather(indices: Tensor): Parts {
    return this.tensors.map((x) => indexSelect(x, 0, indices)) as Parts;
  }
}
