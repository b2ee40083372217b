/** nn.utils, as torch.nn.utils. */
export { type ClipOptions, clipGradNorm_, clipGradValue_ } from "./clip.js";
export { parametersToVector, vectorToParameters } from "./vector.js";
