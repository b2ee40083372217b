/** Dropout: what stands in nn.functional. */
export { alphaDropout, dropout, dropout1d, dropout2d, dropout3d, featureAlphaDropout } from "./dropout.js";
