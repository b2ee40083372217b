import { cat, stack } from "../../ops/movement/reshape.js";
import { full } from "../../tensor/create.js";
import { formatShape, ShapeError, ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";

export interface PadOptions {
  /** The batch is [N, L, …]; else [L, N, …]. Default false, as in PyTorch. */
  batchFirst?: boolean | undefined;
  /** What fills the ends of the shorter ones. Default 0. */
  paddingValue?: number | undefined;
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
  { batchFirst = false, paddingValue = 0 }: PadOptions = {},
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
    return missing === 0 ? x : cat([x, full([missing, ...rest], paddingValue, { dtype: x.dtype })], 0);
  });
  return stack(padded, batchFirst ? 0 : 1);
};
