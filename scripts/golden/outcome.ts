import type { Outcome } from "./compare.js";
import { type GoldenTensor, isTensor, snapshot } from "./library.js";

/** What a call gave, as lists: `{ values, indices }` reads as `[values, indices]`. */
const asList = (x: unknown): readonly unknown[] | null => {
  if (Array.isArray(x)) return x as readonly unknown[];
  return typeof x === "object" && x !== null && !isTensor(x) ? Object.values(x) : null;
};

/** The values of a result at this moment. */
export const outcomeOf = (x: unknown): Outcome => {
  if (isTensor(x)) return snapshot(x);
  const list = asList(x);
  if (list !== null) return list.map(outcomeOf);
  if (typeof x === "number" || typeof x === "boolean" || typeof x === "string") return x;
  return x === null || x === undefined ? null : `something of type ${typeof x}`;
};

/** All tensors in a result, in order. */
export const tensorsIn = (x: unknown): GoldenTensor[] => (isTensor(x) ? [x] : (asList(x) ?? []).flatMap(tensorsIn));
