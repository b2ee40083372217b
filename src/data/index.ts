export { DataLoader, type DataLoaderOptions } from "./dataLoader.js";
export { type Dataset, fashionMnist, ImageDataset, mnist, TensorDataset } from "./dataset.js";
export { DataNotFoundError, DownloadError } from "./download.js";
export type { ImageSetOptions } from "./findImageFiles.js";
export { type Idx, type IdxOptions, parseIdx } from "./idx.js";
