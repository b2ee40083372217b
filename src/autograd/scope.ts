import { ValueError } from "../tensor/errors.js";
import { recordStorages } from "../tensor/storage.js";
import { Tensor } from "../tensor/tensor.js";

/**
 * Runs `fn` and gives back, when it ends, the memory of every tensor it made, except what it returns (tensors in arrays and
 * plain objects included), gradients, and what a graph still needs.
 *
 * @throws ValueError when `fn` is async: its tensors would be released before it ends
 * @example const accuracy = scope(() => model.forward(x).argmax(1).eq(y).to("float32").mean().item())
 */
export const scope = <T>(fn: () => T): T =>
  recordStorages(fn, (made, result) => {
    if (result instanceof Promise) {
      for (const storage of made) storage.stopRecording();
      throw new ValueError({
        op: "scope",
        problem: "the function is async",
        rule: "memory is given back when a synchronous function ends",
        hint: "await first, and put what follows into the scope",
      });
    }
    const returned = new Set(tensorsIn(result).map((tensor) => tensor.storage));
    for (const storage of made) {
      if (returned.has(storage) || storage.holds > 0) storage.stopRecording();
      else storage.release("scope()");
    }
  });

const tensorsIn = (value: unknown): Tensor[] => {
  if (value instanceof Tensor) return [value];
  if (Array.isArray(value)) return value.flatMap(tensorsIn);
  if (value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.values(value).flatMap(tensorsIn);
  }
  return [];
};
