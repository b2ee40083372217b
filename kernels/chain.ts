// Elementwise kernels over the same elements, run tile by tile: what one writes is still in the cache when the next reads it.
// src/backend/wasm/chain.ts writes such a chain as i32 words: how many calls, elements of a tile, then for each call its kernel's place
// in the table, how many arguments, nine places for them, and nine for what they grow by from element to element.

const ARGS: usize = 8;
const STEPS: usize = 44;
const CALL: usize = 80;

@inline
function arg(call: usize, i: usize, first: i32): i32 {
  return load<i32>(call + ARGS + 4 * i) + first * load<i32>(call + STEPS + 4 * i);
}

/** kernel(out, x, n), or kernel(out, a, b, 1, n, …): what binary.ts and compare.ts take for one row. */
function run(call: usize, first: i32, n: i32): void {
  const kernel = load<u32>(call);
  const out = arg(call, 0, first), a = arg(call, 1, first);
  if (load<i32>(call, 4) == 3) {
    call_indirect<void>(kernel, out, a, n);
    return;
  }
  const b = arg(call, 2, first);
  call_indirect<void>(kernel, out, a, b, 1, n, arg(call, 5, 0), arg(call, 6, 0), arg(call, 7, 0), arg(call, 8, 0));
}

export function chain(at: usize, first: i32, count: i32): void {
  const calls = load<i32>(at), tile = load<i32>(at, 4);
  const end = first + count;
  while (first < end) {
    // A last tile of less than another is no tile: kernels choose their ways by sizes.
    const n = end - first < 2 * tile ? end - first : tile;
    for (let i = 0; i < calls; i++) run(at + 8 + i * CALL, first, n);
    first += n;
  }
}
