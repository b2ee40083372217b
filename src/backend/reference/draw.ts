import type { DrawOp } from "../ops.js";
import { fraction24, fraction53, temper, twist, WORDS } from "./twister.js";

/** How many words each element takes. */
export const wordsOf = (op: DrawOp, isFloat32: boolean): number => (op === "uniform" && isFloat32 ? 1 : 2);

/** The contract's `draw`, into an array. */
export const drawInto = (
  op: DrawOp,
  out: Float32Array | Float64Array,
  words: Uint32Array,
  next: number,
  a: number,
  b: number,
): void => {
  let at = next;
  const nextWord = (): number => {
    if (at === WORDS) {
      twist(words);
      at = 0;
    }
    return temper(words[at++] as number);
  };
  const n = out.length;
  if (op === "bernoulli") {
    for (let i = 0; i < n; i++) out[i] = fraction53(nextWord(), nextWord()) < a ? b : 0;
  } else if (out instanceof Float32Array) {
    const [low, range] = [Math.fround(a), Math.fround(b - a)];
    // Rounded once, as PyTorch's fused multiply-add.
    for (let i = 0; i < n; i++) out[i] = fraction24(nextWord()) * range + low;
  } else {
    for (let i = 0; i < n; i++) out[i] = fraction53(nextWord(), nextWord()) * (b - a) + a;
  }
};
