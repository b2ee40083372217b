/** Making tensors: what tensors have as methods. */
export { newEmpty, newFull, newOnes, newTensor, newZeros } from "../../tensor/newTensors.js";
