import { backend } from "../backend/current.js";
import { checkIndex } from "../ops/indexing/checkIndex.js";
import { indexSelect } from "../ops/indexing/gather.js";
import { reshape } from "../ops/movement/reshape.js";
import { narrow, select } from "../ops/movement/slice.js";
import { tensor } from "../tensor/create.js";
import { FormatError, formatShape, ShapeError, ValueError } from "../tensor/errors.js";
import { type Shape, sizeOf } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import type { Idx } from "./idx.js";
import { type ImageSetOptions, loadImageFiles } from "./imageFiles.js";
import type { ImageSetName } from "./imageSets.js";
import type { Transform } from "./transforms/transform.js";

export interface ImageDatasetOptions {
  /** The shape that an image is given with, such as [1, 28, 28]. Default: as it lies in `images`. */
  imageShape?: Shape | undefined;
  /** What is done to images after scaling: to one [C, H, W] by get, to a batch [N, C, H, W] by gather. Default nothing. */
  transform?: Transform | undefined;
}

/** Images that stay bytes until a batch is gathered, scaled to 0…1, and their labels. */
export class ImageDataset {
  /** uint8 [N, pixels] */
  readonly images: Tensor;
  /** int32 [N] */
  readonly labels: Tensor;
  readonly length: number;
  readonly imageShape: Shape;
  readonly #transform: Transform | undefined;

  constructor(images: Tensor, labels: Tensor, { imageShape, transform }: ImageDatasetOptions = {}) {
    const pixels = images.shape.slice(1);
    if (imageShape !== undefined && sizeOf(imageShape) !== sizeOf(pixels))
      throw new ShapeError({
        op: "ImageDataset",
        problem: "imageShape has another number of pixels than the images",
        args: { images: images.shape, imageShape },
      });
    this.images = images;
    this.labels = labels;
    this.length = labels.numel();
    this.imageShape = imageShape ?? pixels;
    this.#transform = transform;
  }

  /** @throws FormatError when the images are no bytes, or have not one label each */
  static from(images: Idx, labels: Idx, options: ImageDatasetOptions = {}): ImageDataset {
    const [n = 0, ...size] = images.shape;
    if (images.dtype !== "uint8" || labels.shape.length !== 1 || labels.shape[0] !== n)
      throw new FormatError({
        op: "ImageDataset",
        problem: "these are not images of bytes with one label each",
        rule: "images uint8 [N, …], labels [N]",
        args: { images: `${images.dtype} ${formatShape(images.shape)}`, labels: formatShape(labels.shape) },
      });
    const flat = tensor(images.data, { shape: [n, sizeOf(size)] });
    return new ImageDataset(flat, tensor(Int32Array.from(labels.data)), options);
  }

  get(index: number): [Tensor, Tensor] {
    const [image, label] = this.#read(tensor([index]));
    const one = select(image, 0, 0);
    return [this.#transform === undefined ? one : this.#transform(one), select(label, 0, 0)];
  }

  gather(indices: Tensor): [Tensor, Tensor] {
    const [images, labels] = this.#read(indices);
    return [this.#transform === undefined ? images : this.#transform(images), labels];
  }

  #read(indices: Tensor): [Tensor, Tensor] {
    const rows = checkIndex("ImageDataset", indices, { size: this.length, countsFromEnd: true });
    const n = rows.numel();
    const batch = Tensor.empty([n, this.images.shape[1] as number], "float32");
    backend().gatherRows(batch, this.images, rows, 1 / 255);
    return [reshape(batch, [n, ...this.imageShape]), indexSelect(this.labels, 0, rows)];
  }

  /** The same images, with a transform in the place of the one that was there; memory is shared. */
  transformed(transform: Transform): ImageDataset {
    return new ImageDataset(this.images, this.labels, { imageShape: this.imageShape, transform });
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
    return new ImageDataset(narrow(this.images, 0, 0, n), narrow(this.labels, 0, 0, n), {
      imageShape: this.imageShape,
      transform: this.#transform,
    });
  }
}

/** The 60,000 images to learn from and the 10,000 to test with. */
export interface ImageSets {
  readonly train: ImageDataset;
  readonly test: ImageDataset;
}

export interface ImageLoadOptions extends ImageSetOptions {
  /** Images as rows of 784 pixels; false gives [1, 28, 28], which convolutions and transforms take. Default true. */
  flatten?: boolean | undefined;
}

const loadSet = async (set: ImageSetName, { flatten = true, ...options }: ImageLoadOptions): Promise<ImageSets> => {
  const found = await loadImageFiles(set, options);
  const shaped = (images: Idx, labels: Idx): ImageDataset =>
    ImageDataset.from(images, labels, { imageShape: flatten ? undefined : [1, ...images.shape.slice(1)] });
  return {
    train: shaped(found.trainImages, found.trainLabels),
    test: shaped(found.testImages, found.testLabels),
  };
};

/** 60,000 and 10,000 handwritten digits: [image 784 float32 in 0…1, label int32]. */
export const mnist = (options: ImageLoadOptions = {}): Promise<ImageSets> => loadSet("mnist", options);
/** 60,000 and 10,000 pieces of clothing, in MNIST's form. */
export const fashionMnist = (options: ImageLoadOptions = {}): Promise<ImageSets> => loadSet("fashion-mnist", options);
