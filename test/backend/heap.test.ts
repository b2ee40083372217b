import { describe, expect, it } from "vitest";
import { Heap } from "../../src/backend/heap.js";

const KB = 1024;
const MB = KB * KB;

/** Numbers that look random, and are the same each time. */
const sequence = (): ((below: number) => number) => {
  let state = 1;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 1;
    return state % below;
  };
};

describe("the heap", () => {
  it("never hands out memory twice, whatever is taken and given back in whatever order", () => {
    const heap = new Heap(1 * MB);
    const next = sequence();
    const held: { address: number; bytes: number; mark: number }[] = [];
    for (let i = 0; i < 4000; i++) {
      if (held.length > 60 || (held.length > 0 && next(3) === 0)) {
        const [block] = held.splice(next(held.length), 1) as [(typeof held)[number]];
        const { address, bytes, mark } = block;
        expect(heap.u8.subarray(address, address + bytes).every((byte) => byte === mark)).toBe(true);
        heap.free(address, bytes);
      } else {
        const bytes = next(4) === 0 ? next(200 * KB) : next(20 * KB);
        const address = heap.alloc(bytes);
        const mark = next(256);
        expect(address % 64).toBe(0);
        heap.u8.fill(mark, address, address + bytes);
        held.push({ address, bytes, mark });
      }
    }
    for (const { address, bytes } of held) heap.free(address, bytes);
    expect([heap.inUse, heap.blocks]).toEqual([0, 0]);
  });

  it("does not strand memory: after work in many sizes one block of all of it fits where they were", () => {
    const heap = new Heap(2 * MB);
    const next = sequence();
    for (let round = 0; round < 200; round++) {
      const bytes = 100 * KB + round * 7 * KB;
      const blocks = Array.from({ length: 10 }, () => heap.alloc(bytes));
      while (blocks.length > 0) heap.free(blocks.splice(next(blocks.length), 1)[0] as number, bytes);
    }
    const grown = heap.memory.buffer.byteLength;
    // Ten blocks of the last size were the most at a time.
    const all = 10 * (100 * KB + 199 * 7 * KB);
    heap.free(heap.alloc(all), all);
    expect(heap.memory.buffer.byteLength).toBe(grown);
    expect(grown).toBeLessThan(1.3 * all);
  });

  it("cuts small blocks from what large ones gave back", () => {
    const heap = new Heap(2 * MB);
    const large = heap.alloc(10 * MB);
    const last = heap.alloc(64 * KB);
    heap.free(large, 10 * MB);
    const grown = heap.memory.buffer.byteLength;
    const small = Array.from({ length: 9000 }, () => heap.alloc(KB));
    expect(Math.max(...small)).toBeLessThan(last);
    expect(heap.memory.buffer.byteLength).toBe(grown);
  });

  it("is full at its limit, says so, and goes on", () => {
    const heap = new Heap(1 * MB);
    heap.limit = 8 * MB;
    const held = heap.alloc(5 * MB);
    const { inUse, blocks } = heap;
    expect(() => heap.alloc(4 * MB)).toThrow(/heap full: 4194304 bytes asked, \d+ of 8388608 in use/);
    expect([heap.inUse, heap.blocks]).toEqual([inUse, blocks]);
    heap.free(held, 5 * MB);
    expect(heap.alloc(8 * MB)).toBeGreaterThan(0);
  });
});
