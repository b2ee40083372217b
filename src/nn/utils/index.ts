/** nn.utils, as torch.nn.utils. */
export { type ClipOptions, clipGradNorm_, clipGradValue_ } from "./clip.js";
export * as rnn from "./rnn.js";
export { removeSpectralNorm, type SpectralNormOptions, spectralNorm } from "./spectralNorm.js";
export { parametersToVector, vectorToParameters } from "./vector.js";
export { removeWeightNorm, type WeightNormOptions, weightNorm } from "./weightNorm.js";
