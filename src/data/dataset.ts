import { backend } from "../backend/current.js";
import { indexSelect } from "../ops/indexing/gather.js";
import { narrow, select } from "../ops/movement/slice.js";
import { tensor } from "../tensor/create.js";
import { FormatError, formatShape, ShapeError, ValueError } from "../tensor/errors.js";
import { Tensor } from "../tensor/tensor.js";
import type { Idx } from "./idx.js";
import { type ImageSetOptions, loadImageFiles } from "./imageFiles.js";
import type { ImageSetName } from "./imageSets.js";

/** Samples by number; a batch is gathered in one go. */
export interface Dataset {
  readonly length: number;
  /** One sample. */
  get(index: number): Tensor[];
  /** The samples at `indices` [S], each part with a first dimension of S. */
  gather(indices: Tensor): Tensor[];
}

/** Tensors whose first dimension counts the samples. @source torch.utils.data.TensorDataset */
export class TensorDataset implements Dataset {
  readonly tensors: readonly Tensor[];
  readonly length: number;

  constructor(...tensors: readonly Tensor[]) {
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

  get(index: number): Tensor[] {
    return this.tensors.map((x) => select(x, 0, index));
  }

  gather(indices: Tensor): Tensor[] {
    return this.tensors.map((x) => indexSelect(x, 0, indices));
  }
}

/** Images that stay bytes until a batch is gathered, scaled to 0…1, and their labels. */
export class ImageDataset implements Dataset {
  /** uint8 [N, H·W] */
  readonly images: Tensor;
  /** int32 [N] */
  readonly labels: Tensor;
  readonly length: number;

  constructor(images: Tensor, labels: Tensor) {
    this.images = images;
    this.labels = labels;
    this.length = labels.numel();
  }

  /** @throws FormatError when the images are no bytes, or have not one label each */
  static from(images: Idx, labels: Idx): ImageDataset {
    const [n = 0, ...size] = images.shape;
    if (images.dtype !== "uint8" || labels.shape.length !== 1 || labels.shape[0] !== n)
      throw new FormatError({
        op: "ImageDataset",
        problem: "these are not images of bytes with one label each",
        rule: "images uint8 [N, …], labels [N]",
        args: { images: `${images.dtype} ${formatShape(images.shape)}`, labels: formatShape(labels.shape) },
      });
    const pixels = size.reduce((a, b) => a * b, 1);
    return new ImageDataset(tensor(images.data, { shape: [n, pixels] }), tensor(Int32Array.from(labels.data)));
  }

  get(index: number): Tensor[] {
    const [images, labels] = this.gather(tensor([index])) as [Tensor, Tensor];
    return [select(images, 0, 0), select(labels, 0, 0)];
  }

  gather(indices: Tensor): Tensor[] {
    const batch = Tensor.empty([indices.numel(), this.images.shape[1] as number], "float32");
    backend().gatherRows(batch, this.images, indices, 1 / 255);
    return [batch, indexSelect(this.labels, 0, indices)];
  }

  /** The first `n` samples. @throws ValueError when there are not so many */
  take(n: number): ImageDataset {
    if (!Number.isInteger(n) || n < 1 || n > this.length) {
      throw new ValueError({
        op: "take",
        problem: `${n} samples were asked for`,
        rule: `an integer from 1 to ${this.length}`,
      });
    }
    return new ImageDataset(narrow(this.images, 0, 0, n), narrow(this.labels, 0, 0, n));
  }
}

const loadSet = async (
  set: ImageSetName,
  options: ImageSetOptions,
): Promise<{ train: ImageDataset; test: ImageDataset }> => {
  const found = await loadImageFiles(set, options);
  return {
    train: ImageDataset.from(found.trainImages, found.trainLabels),
    test: ImageDataset.from(found.testImages, found.testLabels),
  };
};

/** 60,000 and 10,000 handwritten digits: [image 784 float32 in 0…1, label int32]. */
export const mnist = (options: ImageSetOptions = {}): Promise<{ train: ImageDataset; test: ImageDataset }> =>
  loadSet("mnist", options);
/** 60,000 and 10,000 pieces of clothing, in MNIST's form. */
export const fashionMnist = (options: ImageSetOptions = {}): Promise<{ train: ImageDataset; test: ImageDataset }> =>
  loadSet("fashion-mnist", options);
