import type { Backend } from "../backend/backend.js";
import type { DType, TypedArray } from "../backend/dtype.js";
import type { Draw } from "../tensor/recorder.js";
import { sameShape } from "../tensor/shape.js";
import type { Storage } from "../tensor/storage.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Structure } from "./structure.js";

/** A method of the backend that works on buffers. */
export type KernelName = Exclude<keyof Backend, "name" | "nonzero" | "draw" | "tape">;

/** How many of each kernel's first arguments are outputs; a list counts as one. */
export const outputsOf: Readonly<Record<KernelName, number>> = {
  copy: 1,
  fill: 1,
  unary: 1,
  predicate: 1,
  binary: 1,
  compare: 1,
  where: 1,
  reduce: 1,
  argReduce: 1,
  cumulative: 1,
  cumulativeExtremum: 2,
  recurrence: 1,
  softmax: 1,
  softmaxBackward: 1,
  standardize: 3,
  batchNorm: 3,
  batchNormBackward: 3,
  layerNorm: 3,
  layerNormBackward: 3,
  sort: 2,
  matmul: 1,
  linear: 1,
  factor: 1,
  conv: 1,
  convBackwardInput: 1,
  convBackwardWeight: 1,
  maxPool: 2,
  maxPoolBackward: 1,
  avgPool: 1,
  avgPoolBackward: 1,
  indexSelect: 1,
  gather: 1,
  scatter: 1,
  take: 1,
  put: 1,
  crossEntropy: 3,
  crossEntropyBackward: 1,
  attention: 2,
  attentionBackward: 3,
  recurrentCell: 2,
  recurrentCellBackward: 1,
  gatherRows: 1,
  optimizerStep: 1,
};

/** Memory that a step works on. */
export interface Block {
  /**
   * Made in the step; there before it; an argument's; or the gradient that a leaf had when the step began.
   */
  readonly kind: "inner" | "outer" | "argument" | "gradient";
  readonly bytes: number;
  /** The argument's index. */
  readonly argument: number;
  /** Whose gradient it is. */
  readonly leaf: LeafRef | null;
  /** The outer storage; others are forgotten when the recording ends. */
  storage: Storage | null;
  /** The first and last entry that touches it. */
  first: number;
  last: number;
  /** It became a leaf's gradient: it keeps a place of its own. */
  isGradient: boolean;
  /** What JavaScript wrote into it, and whether a kernel changes that later. */
  constant: Uint8Array | null;
  isChanged: boolean;
}

/** A leaf: an argument by its index, or a tensor that was there before. */
export type LeafRef = number | Tensor;

/** An operand of a kernel, wherever its block will lie. */
export class Ref {
  readonly block: Block;
  /** Bytes from the block's start (an argument's: from its first element). */
  readonly offset: number;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  constructor(block: Block, offset: number, { dtype, shape, strides }: Tensor) {
    this.block = block;
    this.offset = offset;
    this.dtype = dtype;
    this.shape = shape;
    this.strides = strides;
  }
}

/** One thing that a step does. */
export type Entry =
  | {
      readonly kind: "kernel";
      readonly name: KernelName;
      /** Refs, lists of them, and what else the kernel takes. */
      readonly args: readonly unknown[];
      readonly result: unknown;
      /** Where it was called: its stack is made when it is asked for. */
      readonly at: Error;
    }
  | { readonly kind: "draw"; readonly out: Ref; readonly draw: Draw }
  | {
      readonly kind: "observe";
      readonly x: Ref;
      readonly look: (elements: TypedArray) => unknown;
      readonly seen: unknown;
      readonly at: Error;
    }
  | { readonly kind: "call"; readonly owner: object; readonly name: string; readonly call: () => unknown }
  | { readonly kind: "gradient"; readonly leaf: LeafRef; readonly value: Ref | null };

/** What one run of a step did. */
export interface Trace {
  readonly entries: readonly Entry[];
  readonly blocks: readonly Block[];
  readonly result: Structure;
  /** The result's tensors. */
  readonly results: readonly Ref[];
  /** How much each run adds to the version of a block's storage. */
  readonly versions: ReadonlyMap<Block, number>;
}

/** Where two runs of a step part, or null: in words, with where the second one was. */
export const difference = (a: Trace, b: Trace): { what: string; at: Error | null } | null => {
  for (let i = 0; i < Math.max(a.entries.length, b.entries.length); i++) {
    const [before, now] = [a.entries[i], b.entries[i]];
    if (before === undefined || now === undefined) {
      const [longer, which] = now === undefined ? [before, "an earlier"] : [now, "a later"];
      return { what: `only ${which} run calls ${nameOf(longer as Entry)}`, at: placeOf(now) };
    }
    const what = entriesDiffer(before, now);
    if (what !== null) return { what, at: placeOf(now) };
  }
  for (let i = 0; i < a.blocks.length; i++) {
    const [before, now] = [a.blocks[i]?.constant ?? null, b.blocks[i]?.constant ?? null];
    if (before === null && now === null) continue;
    if (before === null || now === null || before.some((byte, at) => byte !== now[at]))
      return { what: "a tensor is made of JavaScript's values, which were others in another run", at: null };
  }
  return null;
};

const placeOf = (entry: Entry | undefined): Error | null => (entry !== undefined && "at" in entry ? entry.at : null);

const nameOf = (entry: Entry): string => {
  if (entry.kind === "kernel") return typeof entry.args[0] === "string" ? entry.args[0] : entry.name;
  if (entry.kind === "call") return `${entry.owner.constructor.name}.${entry.name}`;
  return { draw: "the generator", observe: "a check of values", gradient: "backward" }[entry.kind];
};

const entriesDiffer = (a: Entry, b: Entry): string | null => {
  if (a.kind === "kernel" && b.kind === "kernel") {
    if (nameOf(a) !== nameOf(b)) return `one run calls ${nameOf(a)} where another calls ${nameOf(b)}`;
    for (let i = 0; i < Math.max(a.args.length, b.args.length); i++) {
      const what = valuesDiffer(a.args[i], b.args[i]);
      if (what !== null) return `${nameOf(a)} is given ${what}`;
    }
    return null;
  }
  if (a.kind === "draw" && b.kind === "draw") return prefixed("a draw fills ", valuesDiffer(a.out, b.out));
  if (a.kind === "observe" && b.kind === "observe") return prefixed("a check sees ", valuesDiffer(a.x, b.x));
  if (a.kind === "gradient" && b.kind === "gradient" && a.leaf === b.leaf)
    return prefixed("a gradient is ", valuesDiffer(a.value, b.value));
  if (a.kind === "call" && b.kind === "call" && a.owner === b.owner && a.name === b.name) return null;
  return `one run goes on with ${nameOf(a)} where another goes on with ${nameOf(b)}`;
};

const prefixed = (prefix: string, what: string | null): string | null => (what === null ? null : prefix + what);

const valuesDiffer = (a: unknown, b: unknown): string | null => {
  if (a instanceof Ref && b instanceof Ref) return refsDiffer(a, b);
  if (typeof a === "number" && typeof b === "number")
    return Object.is(a, b) ? null : `the number ${a} in one run and ${b} in another`;
  if (isPart(a) && isPart(b)) {
    const names = Object.keys(a);
    if (names.length !== Object.keys(b).length) return "other arguments in another run";
    for (const name of names) {
      const what = valuesDiffer(a[name], b[name]);
      if (what !== null) return what;
    }
    return null;
  }
  return Object.is(a, b) ? null : "other arguments in another run";
};

const isPart = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !(value instanceof Ref);

const refsDiffer = (a: Ref, b: Ref): string | null => {
  const [x, y] = [a.block, b.block];
  if (a.dtype !== b.dtype || !sameShape(a.shape, b.shape) || !sameShape(a.strides, b.strides) || a.offset !== b.offset)
    return `a ${a.dtype} tensor [${a.shape.join(", ")}] in one run and a ${b.dtype} tensor [${b.shape.join(", ")}] in another, or other parts of one`;
  if (x.kind !== y.kind || x.argument !== y.argument || x.leaf !== y.leaf || x.first !== y.first || x.bytes !== y.bytes)
    return "a tensor that comes from elsewhere in another run";
  if (x.kind === "outer" && x.storage !== y.storage)
    return "another tensor in each run, made outside of the step or kept from an earlier run";
  return null;
};
