import { indexSelect } from "../../ops/indexing/gather.js";
import { indexCopy } from "../../ops/indexing/indexInto.js";
import { cat, reshape, stack, transpose } from "../../ops/movement/reshape.js";
import { narrow } from "../../ops/movement/slice.js";
import { full, tensor } from "../../tensor/create.js";
import { formatShape, ShapeError, ValueError } from "../../tensor/errors.js";
import { Tensor } from "../../tensor/tensor.js";

/**
 * Sequences of different lengths without padding: the first steps of all, longest sequence first, then the second steps of
 * those that have one, and so on. What `packPaddedSequence` gives and RNN, LSTM and GRU take.
 *
 * @source torch.nn.utils.rnn.PackedSequence
 */
export class PackedSequence {
  /** [sum of lengths, …]. */
  readonly data: Tensor;
  /** How many sequences have a step t; falls with t. */
  readonly batchSizes: readonly number[];
  /** Where the sequence at each place came from, or null when they were in order. */
  readonly sortedIndices: Tensor | null;

  constructor(data: Tensor, batchSizes: readonly number[], sortedIndices: Tensor | null = null) {
    const total = batchSizes.reduce((a, b) => a + b, 0);
    if (data.shape[0] !== total || batchSizes.some((size, t) => !(size > 0) || size > (batchSizes[t - 1] ?? size)))
      throw new ShapeError({
        op: "PackedSequence",
        problem: "the data does not fit the batch sizes",
        rule: "batchSizes above 0 that do not rise; data [their sum, …]",
        args: { data: data.shape, batchSizes },
      });
    this.data = data;
    this.batchSizes = batchSizes;
    this.sortedIndices = sortedIndices;
  }

  /** Where each sequence is now, or null when they were in order. */
  get unsortedIndices(): Tensor | null {
    if (this.sortedIndices === null) return null;
    const order = this.sortedIndices.toTypedArray();
    const places = new Int32Array(order.length);
    order.forEach((from, to) => {
      places[Number(from)] = to;
    });
    return tensor(places);
  }
}

type Lengths = readonly number[] | Tensor;

const numbersOf = (lengths: Lengths): number[] =>
  Array.from(lengths instanceof Tensor ? lengths.toTypedArray() : lengths, Number);

interface Layout {
  /** Sequences are [N, T, …] instead of [T, N, …]. Default false. */
  batchFirst?: boolean | undefined;
}

/** Rows t · N + n of a padded batch [T · N, …] in the order of a packed one. */
const rowsOf = (batchSizes: readonly number[], N: number): Tensor =>
  tensor(Int32Array.from(batchSizes.flatMap((size, t) => Array.from({ length: size }, (_, n) => t * N + n))));

/**
 * Packs a padded batch: what is behind each sequence's end is left out.
 *
 * @param options `enforceSorted` (default true) refuses lengths that do not fall; false sorts them
 * @shape input [T, N, …] (or [N, T, …] with batchFirst), lengths [N]
 * @throws ValueError for lengths that are not 1 … T, or do not fall where they have to
 * @source torch.nn.utils.rnn.pack_padded_sequence
 */
export const packPaddedSequence = (
  input: Tensor,
  lengths: Lengths,
  { batchFirst = false, enforceSorted = true }: Layout & { enforceSorted?: boolean | undefined } = {},
): PackedSequence => {
  const op = "packPaddedSequence";
  if (input.ndim < 2)
    throw new ShapeError({ op, problem: "the input is no batch", rule: "[T, N, …]", args: { input: input.shape } });
  let x = batchFirst ? transpose(input, 0, 1) : input;
  const [T, N] = x.shape as [number, number];
  let wanted = numbersOf(lengths);
  if (
    wanted.length !== N ||
    N === 0 ||
    wanted.some((length) => !(Number.isInteger(length) && length >= 1 && length <= T))
  )
    throw new ValueError({
      op,
      problem: `lengths [${wanted.join(", ")}] do not fit ${N} sequences of ${T} steps`,
      rule: "one from 1 to T for each",
    });
  let sorted: Tensor | null = null;
  if (enforceSorted) {
    if (wanted.some((length, n) => length > (wanted[n - 1] ?? length)))
      throw new ValueError({
        op,
        problem: `lengths [${wanted.join(", ")}] do not fall`,
        rule: "longest first, as exporting needs it",
        hint: "pass { enforceSorted: false } to have them sorted",
      });
  } else {
    const order = wanted.map((_, n) => n).sort((a, b) => (wanted[b] as number) - (wanted[a] as number));
    sorted = tensor(Int32Array.from(order));
    x = indexSelect(x, 1, sorted);
    wanted = order.map((n) => wanted[n] as number);
  }
  const longest = wanted[0] as number;
  const batchSizes = Array.from({ length: longest }, (_, t) => wanted.filter((length) => length > t).length);
  const flat = reshape(x, [T * N, ...x.shape.slice(2)]);
  return new PackedSequence(indexSelect(flat, 0, rowsOf(batchSizes, N)), batchSizes, sorted);
};

/**
 * A padded batch again, and the lengths of its sequences.
 *
 * @param options `paddingValue` (default 0) stands behind each end; `totalLength` pads to more steps than the longest has
 * @shape → [[T, N, …] (or [N, T, …] with batchFirst), [N] int32]
 * @source torch.nn.utils.rnn.pad_packed_sequence
 */
export const padPackedSequence = (
  sequence: PackedSequence,
  {
    batchFirst = false,
    paddingValue = 0,
    totalLength = null,
  }: Layout & { paddingValue?: number | undefined; totalLength?: number | null | undefined } = {},
): [Tensor, Tensor] => {
  const { data, batchSizes, unsortedIndices } = sequence;
  const longest = batchSizes.length;
  const T = totalLength ?? longest;
  if (T < longest)
    throw new ValueError({
      op: "padPackedSequence",
      problem: `totalLength is ${T}, the longest sequence has ${longest} steps`,
    });
  const N = batchSizes[0] as number;
  const rest = data.shape.slice(1);
  const blank = full([T * N, ...rest], paddingValue, { dtype: data.dtype });
  const padded = reshape(indexCopy(blank, 0, rowsOf(batchSizes, N), data), [T, N, ...rest]);
  const lengths = tensor(Int32Array.from({ length: N }, (_, n) => batchSizes.filter((size) => size > n).length));
  const [x, own] =
    unsortedIndices === null
      ? [padded, lengths]
      : [indexSelect(padded, 1, unsortedIndices), indexSelect(lengths, 0, unsortedIndices)];
  return [batchFirst ? transpose(x, 0, 1) : x, own];
};

export interface PadOptions extends Layout {
  /** What fills the ends of the shorter ones. Default 0. */
  paddingValue?: number | undefined;
  /** Where it stands. Default "right": behind them. */
  paddingSide?: "left" | "right" | undefined;
}

/**
 * Sequences of different lengths as one tensor as long as the longest.
 *
 * @shape each [Lᵢ, …S] → [L, N, …S], or [N, L, …S] with batchFirst
 * @throws ShapeError when they differ in more than the first dimension
 * @source torch.nn.utils.rnn.pad_sequence
 */
export const padSequence = (
  sequences: readonly Tensor[],
  { batchFirst = false, paddingValue = 0, paddingSide = "right" }: PadOptions = {},
): Tensor => {
  const [first] = sequences;
  if (first === undefined) throw new ValueError({ op: "padSequence", problem: "there is no sequence" });
  const rest = first.shape.slice(1);
  const other = sequences.find(
    (x) => x.ndim === 0 || x.shape.slice(1).join() !== rest.join() || x.dtype !== first.dtype,
  );
  if (other !== undefined)
    throw new ShapeError({
      op: "padSequence",
      problem: "the sequences differ in more than their lengths",
      rule: "each [L, …S], with the same S and dtype",
      args: {
        "sequences[0]": `${first.dtype} ${formatShape(first.shape)}`,
        [`sequences[${sequences.indexOf(other)}]`]: `${other.dtype} ${formatShape(other.shape)}`,
      },
    });
  const longest = Math.max(...sequences.map((x) => x.shape[0] as number));
  const padded = sequences.map((x) => {
    const missing = longest - (x.shape[0] as number);
    if (missing === 0) return x;
    const padding = full([missing, ...rest], paddingValue, { dtype: x.dtype });
    return cat(paddingSide === "left" ? [padding, x] : [x, padding], 0);
  });
  return stack(padded, batchFirst ? 0 : 1);
};

/** The sequences of a padded batch. @source torch.nn.utils.rnn.unpad_sequence */
export const unpadSequence = (padded: Tensor, lengths: Lengths, { batchFirst = false }: Layout = {}): Tensor[] => {
  const batch = batchFirst ? padded : transpose(padded, 0, 1);
  return numbersOf(lengths).map((length, n) => narrow(batch.select(0, n), 0, 0, length));
};

/** Packs sequences of different lengths. @source torch.nn.utils.rnn.pack_sequence */
export const packSequence = (
  sequences: readonly Tensor[],
  options: { enforceSorted?: boolean | undefined } = {},
): PackedSequence =>
  packPaddedSequence(
    padSequence(sequences),
    sequences.map(({ shape }) => shape[0] as number),
    options,
  );

/** The sequences of a packed batch, in the order in which they were packed. @source torch.nn.utils.rnn.unpack_sequence */
export const unpackSequence = (sequence: PackedSequence): Tensor[] => {
  const [padded, lengths] = padPackedSequence(sequence);
  return unpadSequence(padded, lengths);
};
