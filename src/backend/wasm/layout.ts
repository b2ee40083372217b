import type { Operand } from "../backend.js";
import { isPacked } from "../reference/strides.js";
import { MAX_RANK } from "./memory.js";

/** An operand, or null for one that is a number: it has strides 0. */
type Maybe = Operand | null;

/**
 * How up to three operands step through one shape, with dimensions merged wherever all of them allow it.
 * One instance serves every call, so that laying out allocates nothing.
 *
 * Level 0 is the innermost; strides are in elements, 0 where an operand is repeated.
 */
export class Layout {
  levels = 0;
  readonly sizes = new Int32Array(MAX_RANK);
  readonly a = new Int32Array(MAX_RANK);
  readonly b = new Int32Array(MAX_RANK);
  readonly c = new Int32Array(MAX_RANK);

  /** Lays out `shape`, which has no size 0, for operands that broadcast against it. */
  set(shape: readonly number[], a: Maybe, b: Maybe, c: Maybe): void {
    const { sizes, a: sa, b: sb, c: sc } = this;
    const rank = shape.length;
    let level = -1;
    for (let d = rank - 1; d >= 0; d--) {
      const size = shape[d] as number;
      if (size === 1) continue;
      const stepA = strideAt(a, d, rank);
      const stepB = strideAt(b, d, rank);
      const stepC = strideAt(c, d, rank);
      if (level >= 0) {
        const inner = sizes[level] as number;
        const isOne =
          stepA === (sa[level] as number) * inner &&
          stepB === (sb[level] as number) * inner &&
          stepC === (sc[level] as number) * inner;
        if (isOne) {
          sizes[level] = inner * size;
          continue;
        }
      }
      level++;
      sizes[level] = size;
      sa[level] = stepA;
      sb[level] = stepB;
      sc[level] = stepC;
    }
    this.levels = level + 1;
    // The two inner levels can then be read whatever the rank is.
    for (let missing = level + 1; missing < 2; missing++) {
      sizes[missing] = 1;
      sa[missing] = sb[missing] = sc[missing] = missing === 0 ? 1 : 0;
    }
  }

  /** The level of the largest size, the outer of two alike. */
  get longest(): number {
    let longest = 0;
    for (let level = 1; level < this.levels; level++)
      if ((this.sizes[level] as number) >= (this.sizes[longest] as number)) longest = level;
    return longest;
  }

  /** Whether every operand is contiguous or repeated along the innermost level, as the SIMD kernels want it. */
  get isDense(): boolean {
    return isUnit(this.a[0] as number) && isUnit(this.b[0] as number) && isUnit(this.c[0] as number);
  }
}

const isUnit = (stride: number): boolean => stride === 0 || stride === 1;

/** Stride along dimension d of a shape of `rank` dimensions, where that is larger than 1. */
const strideAt = (x: Maybe, d: number, rank: number): number => {
  if (x === null) return 0;
  const i = d - rank + x.shape.length;
  return i < 0 || x.shape[i] === 1 ? 0 : (x.strides[i] as number);
};

/** Number of elements. */
export const count = (shape: readonly number[]): number => {
  let n = 1;
  for (let d = 0; d < shape.length; d++) n *= shape[d] as number;
  return n;
};

/** Whether x's elements lie row-major without gaps. */
export const isContiguous = (x: Operand): boolean => isPacked(x.shape, x.strides);

/** Whether x has this very shape and lies row-major without gaps. */
export const isWhole = (x: Operand, shape: readonly number[]): boolean => {
  const rank = shape.length;
  if (x.shape.length !== rank) return false;
  let step = 1;
  for (let d = rank - 1; d >= 0; d--) {
    const size = shape[d] as number;
    if (x.shape[d] !== size || (size !== 1 && x.strides[d] !== step)) return false;
    step *= size;
  }
  return true;
};

/** Row-major strides. */
export const contiguousStrides = (shape: readonly number[]): number[] => {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    strides[d] = step;
    step *= shape[d] as number;
  }
  return strides;
};
