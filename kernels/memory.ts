// The heap's first MiB, where nothing is allocated. src/backend/wasm/memory.ts holds the same numbers.
//
//   0x00400  constants of the compiler (the tables of Math.exp and its kin)
//   0x10000  SCALARS: where TypeScript puts the numbers that stand for operands
//   0x10100  SPLATS: a number repeated, so that a scalar reads like an array
//   0x11000  LAYOUT: sizes and strides of a strided kernel
//   0x20000  packed blocks of matmul

/** 3 × 64 bytes: one for each operand of a kernel. */
export const SPLATS: usize = 0x10100;
/** 16 bytes, for the end of a row of bytes. */
export const PART: usize = 0x101c0;
/** i32 words: see copy.ts. */
export const LAYOUT: usize = 0x11000;
