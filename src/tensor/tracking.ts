import type { DType } from "../backend/dtype.js";
import { type CallSite, callSite } from "./callSite.js";
import type { Shape } from "./shape.js";

/** What a block was taken for, and where. */
export interface Made extends CallSite {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** The blocks, by their addresses, that were taken since someone began to look, and are not given back. Null while nobody looks: then nothing is noted. */
export let tracked: Map<number, Made> | null = null;

export const track = (address: number, dtype: DType, shape: Shape): void => {
  tracked?.set(address, { dtype, shape, ...callSite() });
};

export const startTracking = (): ReadonlyMap<number, Made> => {
  tracked = new Map();
  return tracked;
};

/** From here on new blocks are no longer noted. */
export const stopTracking = (): void => {
  tracked = null;
};
