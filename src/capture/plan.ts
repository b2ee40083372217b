import { itemSize } from "../backend/dtype.js";
import { isContiguous, sameShape } from "../tensor/shape.js";
import { type Block, type Entry, Ref } from "./trace.js";

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

/** A place that blocks have one after the other, each while it is needed. */
interface Place {
  readonly blocks: Block[];
  readonly first: number;
  last: number;
}

const isAll = ({ block, offset, dtype, shape, strides }: Ref): boolean =>
  offset === 0 &&
  isContiguous(shape, strides) &&
  shape.reduce((n, size) => n * size, itemSize[dtype]) === block.bytes &&
  block.kind === "inner" &&
  block.constant === null &&
  !isApart(block);

/**
 * An elementwise kernel whose first input nobody needs after it may write over that: a pass over large tensors then moves two thirds
 * of the bytes. @returns what it writes, and over what
 */
const overwriting = (entry: Entry, at: number): readonly [out: Block, over: Block] | null => {
  if (entry.kind !== "kernel" || (entry.name !== "unary" && entry.name !== "binary")) return null;
  const [, out, x] = entry.args;
  if (!(out instanceof Ref && x instanceof Ref && isAll(out) && isAll(x))) return null;
  if (out.dtype !== x.dtype || !sameShape(out.shape, x.shape)) return null;
  if (out.block.first !== at || x.block.last !== at) return null;
  // The same block once more, in another order, would be read after it was written.
  const isReadOtherwise = entry.args.some((arg) => arg instanceof Ref && arg.block === x.block && !isAll(arg));
  return isReadOtherwise ? null : [out.block, x.block];
};

/**
 * Lays out the blocks that a step makes: those that are never needed at the same time may share addresses. The largest first,
 * each at the lowest place that is free while it is needed.
 */
export const planMemory = (blocks: readonly Block[], entries: readonly Entry[]): Plan => {
  const offsets = new Map<Block, number>();
  let bytes = 0;
  const placeOf = new Map<Block, Place>();
  for (const block of blocks) {
    if (block.kind === "gradient" || (block.kind === "inner" && block.first >= 0 && isApart(block))) {
      offsets.set(block, bytes);
      bytes += aligned(block.bytes);
    } else if (block.kind === "inner" && block.first >= 0)
      placeOf.set(block, { blocks: [block], first: block.first, last: block.last });
  }
  for (const [at, entry] of entries.entries()) {
    const [out, over] = overwriting(entry, at) ?? [];
    if (out === undefined || over === undefined) continue;
    const place = placeOf.get(over) as Place;
    place.blocks.push(out);
    place.last = out.last;
    placeOf.set(out, place);
  }
  const base = bytes;
  const sizeOf = (place: Place): number => aligned((place.blocks[0] as Block).bytes);
  const shared = [...new Set(placeOf.values())].sort((a, b) => sizeOf(b) - sizeOf(a));
  const placed: { readonly place: Place; readonly offset: number }[] = [];
  for (const place of shared) {
    let offset = base;
    // `placed` is in order of addresses: the first gap that is large enough is the lowest.
    for (const { place: other, offset: start } of placed) {
      if (other.last < place.first || other.first > place.last) continue;
      if (start >= offset + sizeOf(place)) break;
      offset = Math.max(offset, start + sizeOf(other));
    }
    for (const block of place.blocks) offsets.set(block, offset);
    bytes = Math.max(bytes, offset + sizeOf(place));
    const at = placed.findIndex((other) => other.offset > offset);
    placed.splice(at < 0 ? placed.length : at, 0, { place, offset });
  }
  return { offsets, bytes };
};
