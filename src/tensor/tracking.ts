import type { DType } from "../backend/dtype.js";
import { type CallSite, callSite } from "./callSite.js";
import type { Shape } from "./shape.js";

/** What a block was taken for, and where. */
export interface Made extends CallSite {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** The blocks that were taken since someone began to look, and are not given back. Null while nobody looks: then nothing is noted. */
export let tracked: Map<object, Made> | null = null;

export const track = (block: object, dtype: DType, shape: Shape): void => {
  tracked?.set(block, { dtype, shape, ...callSite() });
};

export const startTracking = (): ReadonlyMap<object, Made> => {
  tracked = new Map();
  return tracked;
};

/** From here on new blocks are no longer noted. */
export const stopTracking = (): void => {
  tracked = null;
};
