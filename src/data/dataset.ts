import { indexSelect } from "../ops/indexing/gather.js";
import { select } from "../ops/movement/slice.js";
import { ShapeError, ValueError } from "../tensor/errors.js";
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
