// The heap's first MiB, where nothing is allocated. src/backend/wasm/memory.ts holds the same numbers.
//
//   0x00400  constants of the compiler (the tables of Math.exp and its kin)
//   0x0e000  constants that fill registers, which the build puts there (scripts/vectorConstants.mjs)
//   0x10000  SCALARS: where TypeScript puts the numbers that stand for operands
//   0x11000  LAYOUT: sizes and strides of a strided kernel
//   0x12000  a generator's state while a kernel draws: see random.ts
//   0x1f000  scratch of the thread that calls
//
// Every thread has an instance of the kernels over the one memory. SCALARS and LAYOUT are written by the caller before a kernel
// runs, and only read by kernels; what a kernel writes for itself lies in its thread's scratch.

/** i32 words: see copy.ts and conv.ts. */
export const LAYOUT: usize = 0x11000;

/** Where this thread's scratch begins. */
let scratch: usize = 0x1f000;

/** Gives this instance a scratch of its own, SCRATCH_BYTES of src/backend/wasm/memory.ts. */
export function useScratch(address: usize): void {
  scratch = address;
}

/** 3 × 64 bytes, one for each operand of a kernel: a number repeated, so that a scalar reads like an array. */
@inline
export function splats(): usize {
  return scratch;
}

/** 5 × 16 bytes: ends of rows that do not fill a register. */
@inline
export function part(): usize {
  return scratch + 0x200;
}

/** 32 i32 words: how far a strided kernel has come along each level. */
@inline
export function counters(): usize {
  return scratch + 0x400;
}

/** 516 f64 sums of columns, where matmul packs: no product runs beside a sum. */
@inline
export function columnTotals(): usize {
  return scratch + 0x1000;
}

/** Packed blocks of matmul: 896 KiB. */
@inline
export function packing(): usize {
  return scratch + 0x1000;
}
