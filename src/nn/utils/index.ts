/** nn.utils, as torch.nn.utils. */
export { type ClipOptions, clipGradNorm_, clipGradValue_ } from "./clip.js";
/** nn.utils.rnn, as torch.nn.utils.rnn. */
export * as rnn from "./rnn.js";
export { parametersToVector, vectorToParameters } from "./vector.js";
