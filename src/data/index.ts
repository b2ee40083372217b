import "../ops/methods.js";

export { DataLoader, type DataLoaderOptions } from "./dataLoader.js";
export { type Dataset, fashionMnist, ImageDataset, type ImageSetOptions, mnist, TensorDataset } from "./dataset.js";
export { type Idx, parseIdx } from "./idx.js";
export { DataNotFoundError } from "./imageFiles.js";
