import type { CellOp } from "../../backend/ops.js";
import { dropout } from "../../ops/dropout/dropout.js";
import { indexSelect } from "../../ops/indexing/gather.js";
import { cat, reshape, squeeze, stack, transpose, unsqueeze } from "../../ops/movement/reshape.js";
import { select } from "../../ops/movement/slice.js";
import { empty, zeros } from "../../tensor/create.js";
import { formatShape, ShapeError, ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { uniform_ } from "../init.js";
import { checkFeatures, Module } from "../module.js";
import { Parameter } from "../parameter.js";
import { PackedSequence } from "../utils/rnn.js";
import { projectedSequence } from "./projectedSequence.js";
import {
  checkNonlinearity,
  gatesOf,
  inputShare,
  type Kind,
  opOf,
  type State,
  sequenceOf,
  weightsOf,
} from "./recurrentCell.js";
import { reprOf } from "./repr.js";

export interface RecurrentOptions {
  /** Layers on top of each other. Default 1. */
  numLayers?: number | undefined;
  /** Default true. */
  bias?: boolean | undefined;
  /** Sequences are [N, T, …] instead of [T, N, …]. Default false. */
  batchFirst?: boolean | undefined;
  /** Share dropped between layers in training. Default 0. */
  dropout?: number | undefined;
  /** Read the sequence from both ends. Default false. */
  bidirectional?: boolean | undefined;
  /** Size of an LSTM's hidden state, where it is not the cell's. Default 0: the same. */
  projSize?: number | undefined;
  /** An RNN's. Default "tanh". */
  nonlinearity?: "tanh" | "relu" | undefined;
}

/** What stands behind the names of a layer's parameters. */
const suffixOf = (layer: number, direction: number): string => `_l${layer}${direction === 1 ? "_reverse" : ""}`;

/** Layers of cells that carry a state along sequences; parameters by PyTorch's names (weight_ih_l0, …_reverse). */
abstract class Recurrent extends Module {
  readonly inputSize: number;
  readonly hiddenSize: number;
  protected readonly options: Required<{ [K in keyof RecurrentOptions]: Exclude<RecurrentOptions[K], undefined> }>;
  readonly #op: CellOp;
  readonly #kind: Kind;

  constructor(kind: Kind, inputSize: number, hiddenSize: number, options: RecurrentOptions) {
    super();
    checkFeatures(kind, { inputSize, hiddenSize });
    const { numLayers = 1, bias = true, batchFirst = false, dropout: p = 0, bidirectional = false } = options;
    const { projSize = 0, nonlinearity = "tanh" } = options;
    checkNonlinearity(kind, nonlinearity);
    if (!Number.isInteger(numLayers) || numLayers < 1)
      throw new ValueError({ op: kind, problem: `numLayers is ${numLayers}`, rule: "an integer from 1 up" });
    if (!(p >= 0 && p <= 1)) throw new ValueError({ op: kind, problem: `dropout is ${p}`, rule: "from 0 to 1" });
    if (projSize < 0 || projSize >= hiddenSize || (projSize > 0 && kind !== "LSTM"))
      throw new ValueError({
        op: kind,
        problem: `projSize is ${projSize}`,
        rule: "for an LSTM only, and smaller than hiddenSize",
      });
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.options = { numLayers, bias, batchFirst, dropout: p, bidirectional, projSize, nonlinearity };
    this.#kind = kind;
    this.#op = opOf(kind, nonlinearity);
    const rows = gatesOf[kind] * hiddenSize;
    const outSize = projSize > 0 ? projSize : hiddenSize;
    const directions = bidirectional ? 2 : 1;
    for (let layer = 0; layer < numLayers; layer++)
      for (let direction = 0; direction < directions; direction++) {
        const own = (name: string, ...shape: number[]): Parameter =>
          this.registerParameter(name + suffixOf(layer, direction), new Parameter(empty(shape)));
        own("weight_ih", rows, layer === 0 ? inputSize : outSize * directions);
        own("weight_hh", rows, outSize);
        if (bias) {
          own("bias_ih", rows);
          own("bias_hh", rows);
        }
        if (projSize > 0) own("weight_hr", projSize, hiddenSize);
      }
    const bound = hiddenSize > 0 ? 1 / Math.sqrt(hiddenSize) : 0;
    for (const parameter of this.parameters()) uniform_(parameter, -bound, bound);
  }

  /** All layers over a batch of sequences; states are [layers · directions, N, …]. */
  protected run(
    given: Tensor | PackedSequence,
    states: readonly (Tensor | null)[],
  ): { y: Tensor | PackedSequence; h: Tensor; c: Tensor } {
    if (given instanceof PackedSequence) {
      const { data, batchSizes, sortedIndices, unsortedIndices } = given;
      const ordered = (x: Tensor, order: Tensor | null): Tensor => (order === null ? x : indexSelect(x, 1, order));
      const { y, h, c } = this.#layers(
        data,
        batchSizes,
        states.map((state) => state && ordered(state, sortedIndices)),
      );
      const packed = new PackedSequence(y, batchSizes, sortedIndices);
      return { y: packed, h: ordered(h, unsortedIndices), c: ordered(c, unsortedIndices) };
    }
    const isSingle = given.ndim === 2;
    if (given.ndim !== 2 && given.ndim !== 3)
      throw new ShapeError({
        op: this.#kind,
        problem: `the input has ${given.ndim} dimensions`,
        rule: this.options.batchFirst ? "[N, T, inputSize], or [T, inputSize]" : "[T, N, inputSize], or [T, inputSize]",
        args: { input: given.shape },
      });
    const isTurned = !isSingle && this.options.batchFirst;
    const x = isSingle ? unsqueeze(given, 1) : isTurned ? transpose(given, 0, 1) : given;
    const [T, N] = x.shape as [number, number];
    if (T === 0)
      throw new ShapeError({ op: this.#kind, problem: "the sequences have no steps", args: { input: given.shape } });
    const flat = reshape(x, [T * N, x.shape[2] as number]);
    const wide = states.map((state) => (state && isSingle ? unsqueeze(state, 1) : state));
    const { y, h, c } = this.#layers(flat, new Array<number>(T).fill(N), wide);
    const whole = reshape(y, [T, N, y.shape[1] as number]);
    return {
      y: isSingle ? squeeze(whole, 1) : isTurned ? transpose(whole, 0, 1) : whole,
      h: isSingle ? squeeze(h, 1) : h,
      c: isSingle ? squeeze(c, 1) : c,
    };
  }

  /** x [rows, inputSize]: batchSizes[t] rows for each step t. */
  #layers(
    given: Tensor,
    batchSizes: readonly number[],
    states: readonly (Tensor | null)[],
  ): { y: Tensor; h: Tensor; c: Tensor } {
    const { numLayers, bias, bidirectional, projSize, dropout: p } = this.options;
    if (given.shape[1] !== this.inputSize)
      throw new ShapeError({
        op: this.#kind,
        problem: `the input has ${given.shape[1]} features, not ${this.inputSize}`,
        args: { input: given.shape },
      });
    const N = batchSizes[0] as number;
    const directions = bidirectional ? 2 : 1;
    const start = (state: Tensor | null, size: number, name: string): Tensor => {
      const wanted = [numLayers * directions, N, size];
      if (state === null) return zeros(wanted, { dtype: given.dtype });
      if (state.shape.join() === wanted.join()) return state;
      throw new ShapeError({
        op: this.#kind,
        problem: `${name} does not fit`,
        rule: `[layers · directions, N, size] = ${formatShape(wanted)}, without N for one sequence`,
        args: { [name]: state.shape },
      });
    };
    const h0 = start(states[0] ?? null, projSize > 0 ? projSize : this.hiddenSize, "h0");
    const c0 = this.#kind === "LSTM" ? start(states[1] ?? null, this.hiddenSize, "c0") : h0;
    const last: State[] = [];
    let x = given;
    for (let layer = 0; layer < numLayers; layer++) {
      const sides = Array.from({ length: directions }, (_, direction) => {
        const k = layer * directions + direction;
        const weights = weightsOf(this, suffixOf(layer, direction), bias, projSize > 0);
        const first: State = [select(h0, 0, k), select(c0, 0, k)];
        const sequences = { op: this.#op, batchSizes, isReverse: direction === 1 };
        // All inputs' shares of the gates at once: one large product instead of many small ones.
        const gates = inputShare(x, weights, this.#op);
        const side = weights.hr
          ? projectedSequence(gates, first, weights, weights.hr, sequences)
          : sequenceOf(gates, first, weights, sequences);
        last.push([side.h, side.c]);
        return side.y;
      });
      x = sides.length === 1 ? (sides[0] as Tensor) : cat(sides, 1);
      if (p > 0 && layer < numLayers - 1) x = dropout(x, { p, training: this.training });
    }
    const h = stack(last.map((state) => state[0]));
    return { y: x, h, c: this.#kind === "LSTM" ? stack(last.map((state) => state[1])) : h };
  }

  override extraRepr(): string {
    const { numLayers, bias, batchFirst, dropout: p, bidirectional, projSize } = this.options;
    const rest = reprOf({
      ...(projSize > 0 && { proj_size: projSize }),
      ...(numLayers !== 1 && { num_layers: numLayers }),
      ...(!bias && { bias }),
      ...(batchFirst && { batch_first: batchFirst }),
      ...(p !== 0 && { dropout: p }),
      ...(bidirectional && { bidirectional }),
    });
    return `${this.inputSize}, ${this.hiddenSize}${rest === "" ? "" : `, ${rest}`}`;
  }
}

/**
 * h′ = tanh(x · Wᵀ + b + h · Wᵀ + b), along sequences.
 *
 * @shape x [T, N, inputSize], h0 [layers · directions, N, hiddenSize] → [y [T, N, directions · hiddenSize], h]
 * @source torch.nn.RNN: all uniform within ±1/√hiddenSize
 */
export class RNN extends Recurrent {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super("RNN", inputSize, hiddenSize, options);
  }

  override forward(x: Tensor, h0?: Tensor | null): [Tensor, Tensor];
  override forward(x: PackedSequence, h0?: Tensor | null): [PackedSequence, Tensor];
  override forward(x: Tensor | PackedSequence, h0: Tensor | null = null): [Tensor | PackedSequence, Tensor] {
    const { y, h } = this.run(x, [h0]);
    return [y, h];
  }
}

/** An RNN whose gates say what is kept and what is forgotten. @source torch.nn.GRU; Cho et al., 2014 */
export class GRU extends Recurrent {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super("GRU", inputSize, hiddenSize, options);
  }

  override forward(x: Tensor, h0?: Tensor | null): [Tensor, Tensor];
  override forward(x: PackedSequence, h0?: Tensor | null): [PackedSequence, Tensor];
  override forward(x: Tensor | PackedSequence, h0: Tensor | null = null): [Tensor | PackedSequence, Tensor] {
    const { y, h } = this.run(x, [h0]);
    return [y, h];
  }
}

/**
 * An RNN with a cell that gates write to, keep and read.
 *
 * @shape x [T, N, inputSize], states [h0, c0] → [y, [h, c]]
 * @source torch.nn.LSTM; Hochreiter & Schmidhuber, 1997
 */
export class LSTM extends Recurrent {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super("LSTM", inputSize, hiddenSize, options);
  }

  override forward(x: Tensor, states?: readonly [Tensor, Tensor] | null): [Tensor, [Tensor, Tensor]];
  override forward(x: PackedSequence, states?: readonly [Tensor, Tensor] | null): [PackedSequence, [Tensor, Tensor]];
  override forward(
    x: Tensor | PackedSequence,
    states: readonly [Tensor, Tensor] | null = null,
  ): [Tensor | PackedSequence, [Tensor, Tensor]] {
    const { y, h, c } = this.run(x, states ?? []);
    return [y, [h, c]];
  }
}
