/** data.transforms, as torchvision.transforms: each is made once and called with images. */
export { type AffineOptions, randomAffine, randomRotation } from "./affine.js";
export { type CropOptions, centerCrop, randomCrop, resize } from "./crop.js";
export { type ErasingOptions, randomErasing } from "./erasing.js";
export { randomHorizontalFlip, randomVerticalFlip } from "./flip.js";
export { normalize, toFloat } from "./scale.js";
export { compose, type Drawn, type Transform } from "./transform.js";
