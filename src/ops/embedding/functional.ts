/** Tables of rows: what stands in nn.functional. */
export { embedding, embeddingBag, oneHot } from "./embedding.js";
