import { ShapeError, ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { mul } from "../elementwise/arithmetic.js";
import { expand } from "../movement/broadcast.js";
import { diagonal } from "../movement/diagonal.js";
import { permute, reshape } from "../movement/reshape.js";
import { sum } from "../reduce/reduce.js";
import { bmm } from "./matmul.js";

/** A tensor with a name for each of its dimensions. */
interface Named {
  readonly x: Tensor;
  readonly labels: readonly string[];
}

const fail = (equation: string, problem: string, rule?: string): never => {
  throw new ValueError({ op: "einsum", problem: `"${equation}": ${problem}`, rule });
};

/** Letters one by one; "..." stands for as many unnamed dimensions as are left: "…0" is the last of them. */
const labelsOf = (equation: string, part: string, rank: number | null): string[] => {
  const dots = part.indexOf("...");
  const letters = part.replace("...", "").split("");
  for (const letter of letters)
    if (!/[a-zA-Z]/.test(letter))
      fail(equation, `"${letter}" is no letter`, "letters, one ... an operand, commas and ->");
  if (dots < 0) return letters;
  const free = rank === null ? 0 : rank - letters.length;
  const unnamed = Array.from({ length: Math.max(free, 0) }, (_, i) => `…${free - 1 - i}`);
  return [...letters.slice(0, dots), ...unnamed, ...letters.slice(dots)];
};

/** One dimension a label: repeated ones become their diagonal. */
const withoutRepeats = ({ x, labels }: Named): Named => {
  const second = labels.findIndex((label, i) => labels.indexOf(label) < i);
  if (second < 0) return { x, labels };
  const label = labels[second] as string;
  const first = labels.indexOf(label);
  if (x.shape[first] !== x.shape[second])
    throw new ShapeError({
      op: "einsum",
      problem: `"${label}" has two sizes in one operand`,
      args: { operand: x.shape },
    });
  // The diagonal comes last.
  const rest = labels.filter((_, i) => i !== first && i !== second);
  return withoutRepeats({ x: diagonal(x, { dim1: first, dim2: second }), labels: [...rest, label] });
};

const arranged = ({ x, labels }: Named, order: readonly string[]): Tensor =>
  permute(
    x,
    order.map((label) => labels.indexOf(label)),
  );

const summedOver = ({ x, labels }: Named, isOver: (label: string) => boolean): Named => {
  const dims = labels.flatMap((label, i) => (isOver(label) ? [i] : []));
  return dims.length === 0
    ? { x, labels }
    : { x: sum(x, { dim: dims, dtype: x.dtype }), labels: labels.filter((label) => !isOver(label)) };
};

/** The product of two, summed over what neither the result nor a later operand names. */
const contracted = (a_: Named, b_: Named, isKept: (label: string) => boolean): Named => {
  const a = summedOver(a_, (label) => !isKept(label) && !b_.labels.includes(label));
  const b = summedOver(b_, (label) => !isKept(label) && !a_.labels.includes(label));
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter(isKept);
  const inner = shared.filter((label) => !isKept(label));
  const left = a.labels.filter((label) => !shared.includes(label));
  const right = b.labels.filter((label) => !shared.includes(label));
  const sizeOf = (labels: readonly string[], { x, labels: own }: Named): number[] =>
    labels.map((label) => x.shape[own.indexOf(label)] as number);
  const count = (sizes: readonly number[]): number => sizes.reduce((p, q) => p * q, 1);
  const sizes = { batch: sizeOf(batch, a), left: sizeOf(left, a), right: sizeOf(right, b), inner: sizeOf(inner, a) };
  const [B, M, K, N] = [count(sizes.batch), count(sizes.left), count(sizes.inner), count(sizes.right)];
  const labels = [...batch, ...left, ...right];
  const shape = [...sizes.batch, ...sizes.left, ...sizes.right];
  const p = reshape(arranged(a, [...batch, ...left, ...inner]), [B, M, K]);
  const q = reshape(arranged(b, [...batch, ...inner, ...right]), [B, K, N]);
  // Without a sum it is a plain product, which integers and NaN take as it is.
  return { x: reshape(inner.length === 0 ? mul(p, q) : bmm(p, q), shape), labels };
};

/**
 * Sums of products by Einstein's notation: letters name dimensions, what the result does not name is summed over.
 *
 * @throws ValueError for an equation that cannot be read, ShapeError for sizes that differ
 * @source torch.einsum
 * @example einsum("bij,bjk->bik", a, b)
 */
export const einsum = (equation: string, ...operands: readonly Tensor[]): Tensor => {
  const [inputs = "", output, more] = equation.replaceAll(" ", "").split("->");
  if (more !== undefined) fail(equation, "there are two arrows");
  const parts = inputs.split(",");
  if (parts.length !== operands.length) fail(equation, `${parts.length} operands are named, ${operands.length} given`);
  const sizes = new Map<string, number>();
  const named = operands.map((x, i) => {
    const labels = labelsOf(equation, parts[i] as string, x.ndim);
    if (labels.length !== x.ndim) {
      throw new ShapeError({
        op: "einsum",
        problem: `operand ${i} has ${x.ndim} dimensions, "${parts[i]}" names ${labels.length}`,
        args: { operand: x.shape },
      });
    }
    return withoutRepeats({ x, labels });
  });
  for (const { x, labels } of named)
    for (const [i, label] of labels.entries()) {
      const [size, known] = [x.shape[i] as number, sizes.get(label) ?? 1];
      if (size !== known && size !== 1 && known !== 1)
        throw new ShapeError({
          op: "einsum",
          problem: `"${label}" has sizes ${known} and ${size}`,
          args: { operand: x.shape },
        });
      sizes.set(label, known === 1 ? size : known);
    }
  const unnamed = [...sizes.keys()]
    .filter((label) => label.startsWith("…"))
    .sort((a, b) => Number(b.slice(1)) - Number(a.slice(1)));
  const wanted =
    output === undefined ? impliedOutput(inputs, unnamed) : explicitOutput(equation, output, unnamed, sizes);
  const full = named.map(({ x, labels }) => ({
    x: expand(
      x,
      labels.map((label) => sizes.get(label) as number),
    ),
    labels,
  }));
  let result = full[0] as Named;
  for (let i = 1; i < full.length; i++) {
    const later = new Set(full.slice(i + 1).flatMap(({ labels }) => labels));
    result = contracted(result, full[i] as Named, (label) => wanted.includes(label) || later.has(label));
  }
  return arranged(
    summedOver(result, (label) => !wanted.includes(label)),
    wanted,
  );
};

/** Unnamed dimensions, then the letters that stand once, in order. */
const impliedOutput = (inputs: string, unnamed: readonly string[]): string[] => {
  const letters = inputs.split("").filter((letter) => /[a-zA-Z]/.test(letter));
  const once = letters.filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter));
  return [...unnamed, ...once.sort((a, b) => (a < b ? -1 : 1))];
};

const explicitOutput = (
  equation: string,
  output: string,
  unnamed: readonly string[],
  sizes: ReadonlyMap<string, number>,
): string[] => {
  const dots = output.indexOf("...");
  const letters = labelsOf(equation, output, null);
  const wanted = dots < 0 ? letters : [...letters.slice(0, dots), ...unnamed, ...letters.slice(dots)];
  for (const [i, label] of wanted.entries()) {
    if (!sizes.has(label)) fail(equation, `the result names "${label}", which no operand has`);
    if (wanted.indexOf(label) !== i) fail(equation, `the result names "${label}" twice`);
  }
  return wanted;
};
