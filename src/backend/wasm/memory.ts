// The heap's first MiB, where nothing is allocated, as kernels/memory.ts lays it out.

/** Where a number that stands for an operand is put: 16 bytes for each of three. */
export const SCALARS = 0x10000;
/** i32 words: sizes and strides of a strided kernel, `MAX_RANK` of each. */
export const LAYOUT = 0x11000;

/** A generator's 624 words while a kernel draws from it, then room for what that draws from them. */
export const TWISTER = 0x12000;

/** What a thread's instance of the kernels writes for itself: small parts, then packed blocks of matmul. */
export const SCRATCH_BYTES = 0xe1000;

/** Dimensions that a kernel's layout has room for, after neighbours were merged. */
export const MAX_RANK = 32;
