import "../ops/methods.js";

export { type Collated, defaultCollate, type Padded, padCollate } from "./collate.js";
export { DataNotFoundError, DownloadError, WorkerError } from "./dataErrors.js";
export { DataLoader, type DataLoaderOptions, type IterableDataset } from "./dataLoader.js";
export { type Dataset, TensorDataset } from "./dataset.js";
export { findImageFiles, type ImagePaths } from "./findImageFiles.js";
export { type Idx, type IdxOptions, parseIdx } from "./idx.js";
export {
  fashionMnist,
  ImageDataset,
  type ImageDatasetOptions,
  type ImageLoadOptions,
  type ImageSets,
  mnist,
} from "./imageDataset.js";
export type { ImageSetOptions } from "./imageFiles.js";
export {
  BatchSampler,
  DistributedSampler,
  type DistributedSamplerOptions,
  RandomSampler,
  type RandomSamplerOptions,
  type Sampler,
  SequentialSampler,
  SubsetRandomSampler,
  WeightedRandomSampler,
  type WeightedRandomSamplerOptions,
} from "./samplers.js";
export { ConcatDataset, randomSplit, Subset } from "./subset.js";
export { ByteTokenizer, CharTokenizer, type Tokenizer } from "./text/tokenizers.js";
export { Vocabulary, type VocabularyOptions } from "./text/vocabulary.js";
export * as transforms from "./transforms/index.js";
export { serveWorker } from "./workers/serveWorker.js";
export {
  type WorkerDataset,
  type WorkerDatasetNames,
  type WorkerModule,
  workerDataset,
} from "./workers/workerDataset.js";
export { getWorkerInfo, type WorkerInfo } from "./workers/workerInfo.js";
