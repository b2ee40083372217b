import "../ops/methods.js";

export { DataNotFoundError, DownloadError } from "./dataErrors.js";
export { DataLoader, type DataLoaderOptions } from "./dataLoader.js";
export { type Dataset, fashionMnist, ImageDataset, mnist, TensorDataset } from "./dataset.js";
export { findImageFiles, type ImagePaths } from "./findImageFiles.js";
export { type Idx, type IdxOptions, parseIdx } from "./idx.js";
export type { ImageSetOptions } from "./imageFiles.js";
