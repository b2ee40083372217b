import type { Block } from "./trace.js";

/** Blocks start at multiples of this, as the heap's. */
const ALIGN = 64;
const aligned = (bytes: number): number => Math.ceil(bytes / ALIGN) * ALIGN;

/** Where each block lies in one arena, and how large that is, in bytes. */
export interface Plan {
  readonly offsets: ReadonlyMap<Block, number>;
  readonly bytes: number;
}

/** Whether a block must have a place that nothing else uses: what it holds outlives a run. */
const isApart = (block: Block): boolean =>
  block.isGradient || block.kind === "gradient" || (block.constant !== null && !block.isChanged);

/**
 * Lays out the blocks that a step makes: those that are never needed at the same time may share addresses. The largest first,
 * each at the lowest place that is free while it is needed.
 */
export const planMemory = (blocks: readonly Block[]): Plan => {
  const offsets = new Map<Block, number>();
  let bytes = 0;
  const shared: Block[] = [];
  for (const block of blocks) {
    if (block.kind === "gradient" || (block.kind === "inner" && block.first >= 0 && isApart(block))) {
      offsets.set(block, bytes);
      bytes += aligned(block.bytes);
    } else if (block.kind === "inner" && block.first >= 0) shared.push(block);
  }
  const base = bytes;
  shared.sort((a, b) => b.bytes - a.bytes);
  const placed: Block[] = [];
  for (const block of shared) {
    let offset = base;
    // `placed` is in order of addresses: the first gap that is large enough is the lowest.
    for (const other of placed) {
      if (other.last < block.first || other.first > block.last) continue;
      const start = offsets.get(other) as number;
      if (start >= offset + aligned(block.bytes)) break;
      offset = Math.max(offset, start + aligned(other.bytes));
    }
    offsets.set(block, offset);
    bytes = Math.max(bytes, offset + aligned(block.bytes));
    const at = placed.findIndex((other) => (offsets.get(other) as number) > offset);
    placed.splice(at < 0 ? placed.length : at, 0, block);
  }
  return { offsets, bytes };
};
