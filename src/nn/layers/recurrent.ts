import { relu } from "../../ops/activation/relu.js";
import { sigmoid, tanh } from "../../ops/activation/sigmoid.js";
import { dropout } from "../../ops/dropout/dropout.js";
import { add, mul, sub } from "../../ops/elementwise/arithmetic.js";
import { gt } from "../../ops/elementwise/compare.js";
import { where } from "../../ops/elementwise/where.js";
import { linear, matmul } from "../../ops/linalg/matmul.js";
import { cat, squeeze, stack, t, transpose, unsqueeze } from "../../ops/movement/reshape.js";
import { narrow, select } from "../../ops/movement/slice.js";
import { empty, tensor, zeros } from "../../tensor/create.js";
import { ShapeError, ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { uniform_ } from "../init.js";
import { checkFeatures, Module } from "../module.js";
import { Parameter } from "../parameter.js";
import { reprOf } from "./repr.js";

/** Weights of one cell: input to gates, hidden state to gates, and their biases. */
interface CellWeights {
  readonly ih: Tensor;
  readonly hh: Tensor;
  readonly biasIh: Tensor | null;
  readonly biasHh: Tensor | null;
  /** From cell to hidden state, where they have different sizes. */
  readonly hr: Tensor | null;
}

/** The hidden state, and an LSTM's cell. */
type State = readonly [h: Tensor, c: Tensor];

/** One step: the input's share of the gates is there already. */
type CellStep = (gates: Tensor, state: State, weights: CellWeights) => State;

const part = (x: Tensor, i: number, size: number): Tensor => narrow(x, -1, i * size, size);

const plainStep =
  (activation: (x: Tensor) => Tensor): CellStep =>
  (gates, [h, c], { hh, biasHh }) => [activation(add(gates, linear(h, hh, biasHh))), c];

/** i, f, g, o; c′ = f · c + i · g; h′ = o · tanh(c′). @source Hochreiter & Schmidhuber, 1997 */
const lstmStep: CellStep = (gates, [h, c], { hh, biasHh, hr }) => {
  const all = add(gates, linear(h, hh, biasHh));
  const size = c.shape.at(-1) as number;
  const [i, f, o] = [sigmoid(part(all, 0, size)), sigmoid(part(all, 1, size)), sigmoid(part(all, 3, size))];
  const cell = add(mul(f, c), mul(i, tanh(part(all, 2, size))));
  const hidden = mul(o, tanh(cell));
  return [hr === null ? hidden : matmul(hidden, t(hr)), cell];
};

/** r, z, n; n = tanh(x·W + r · (h·W)); h′ = (1 − z) · n + z · h. @source Cho et al., 2014 */
const gruStep: CellStep = (gates, [h, c], { hh, biasHh }) => {
  const own = linear(h, hh, biasHh);
  const size = h.shape.at(-1) as number;
  const [r, z] = [0, 1].map((i) => sigmoid(add(part(gates, i, size), part(own, i, size)))) as [Tensor, Tensor];
  const n = tanh(add(part(gates, 2, size), mul(r, part(own, 2, size))));
  return [add(mul(sub(1, z), n), mul(z, h)), c];
};

type Kind = "RNN" | "LSTM" | "GRU";

const gatesOf: Readonly<Record<Kind, number>> = { RNN: 1, LSTM: 4, GRU: 3 };

const stepOf = (kind: Kind, nonlinearity: "tanh" | "relu"): CellStep =>
  kind === "LSTM" ? lstmStep : kind === "GRU" ? gruStep : plainStep(nonlinearity === "relu" ? (x) => relu(x) : tanh);

const checkNonlinearity = (op: string, nonlinearity: string): void => {
  if (nonlinearity === "tanh" || nonlinearity === "relu") return;
  throw new ValueError({ op, problem: `nonlinearity is ${nonlinearity}`, rule: '"tanh" or "relu"' });
};

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

export interface SequenceOptions {
  /** How much of each sequence counts [N]; the outputs behind it are 0, and states stay as they were at its end. */
  lengths?: readonly number[] | null | undefined;
}

/** Layers of cells that carry a state along sequences; parameters by PyTorch's names (weight_ih_l0, …_reverse). */
abstract class Recurrent extends Module {
  readonly inputSize: number;
  readonly hiddenSize: number;
  protected readonly options: Required<{ [K in keyof RecurrentOptions]: Exclude<RecurrentOptions[K], undefined> }>;
  readonly #weights: CellWeights[] = [];
  readonly #step: CellStep;
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
    this.#step = stepOf(kind, nonlinearity);
    const rows = gatesOf[kind] * hiddenSize;
    const outSize = projSize > 0 ? projSize : hiddenSize;
    const directions = bidirectional ? 2 : 1;
    for (let layer = 0; layer < numLayers; layer++)
      for (let direction = 0; direction < directions; direction++) {
        const suffix = `_l${layer}${direction === 1 ? "_reverse" : ""}`;
        const own = (name: string, ...shape: number[]): Parameter =>
          this.registerParameter(name + suffix, new Parameter(empty(shape)));
        this.#weights.push({
          ih: own("weight_ih", rows, layer === 0 ? inputSize : outSize * directions),
          hh: own("weight_hh", rows, outSize),
          biasIh: bias ? own("bias_ih", rows) : null,
          biasHh: bias ? own("bias_hh", rows) : null,
          hr: projSize > 0 ? own("weight_hr", projSize, hiddenSize) : null,
        });
      }
    const bound = hiddenSize > 0 ? 1 / Math.sqrt(hiddenSize) : 0;
    for (const parameter of this.parameters()) uniform_(parameter, -bound, bound);
  }

  /** All layers over x [T, N, …]; states are [layers · directions, N, …]. */
  protected run(
    given: Tensor,
    states: readonly (Tensor | null)[],
    { lengths = null }: SequenceOptions,
  ): { y: Tensor; h: Tensor; c: Tensor } {
    const { numLayers, batchFirst, bidirectional, projSize, dropout: p } = this.options;
    const isSingle = given.ndim === 2;
    if (given.ndim !== 2 && given.ndim !== 3)
      throw new ShapeError({
        op: this.#kind,
        problem: `the input has ${given.ndim} dimensions`,
        rule: "[T, N, inputSize], or [T, inputSize]",
        args: { input: given.shape },
      });
    let x = isSingle ? unsqueeze(given, 1) : batchFirst ? transpose(given, 0, 1) : given;
    if (x.shape[2] !== this.inputSize)
      throw new ShapeError({
        op: this.#kind,
        problem: `the input has ${x.shape[2]} features, not ${this.inputSize}`,
        args: { input: given.shape },
      });
    const [, N] = x.shape as [number, number];
    const directions = bidirectional ? 2 : 1;
    const start = (state: Tensor | null, size: number, name: string): Tensor => {
      if (state === null) return zeros([numLayers * directions, N, size], { dtype: x.dtype });
      const full = isSingle ? unsqueeze(state, 1) : state;
      if (full.shape.join() === [numLayers * directions, N, size].join()) return full;
      throw new ShapeError({
        op: this.#kind,
        problem: `${name} does not fit`,
        rule: "[layers · directions, N, size]",
        args: { [name]: state.shape },
      });
    };
    const h0 = start(states[0] ?? null, projSize > 0 ? projSize : this.hiddenSize, "h0");
    const c0 = start(states[1] ?? null, this.hiddenSize, "c0");
    const masks = lengths === null ? null : masksOf(lengths, x.shape[0] as number, N);
    const last: State[] = [];
    for (let layer = 0; layer < numLayers; layer++) {
      const sides = Array.from({ length: directions }, (_, direction) => {
        const k = layer * directions + direction;
        const weights = this.#weights[k] as CellWeights;
        const side = this.#sequence(x, [select(h0, 0, k), select(c0, 0, k)], weights, direction === 1, masks);
        last.push(side.state);
        return side.y;
      });
      x = sides.length === 1 ? (sides[0] as Tensor) : cat(sides, 2);
      if (p > 0 && layer < numLayers - 1) x = dropout(x, { p, training: this.training });
    }
    const whole = (i: 0 | 1): Tensor => {
      const all = stack(last.map((state) => state[i]));
      return isSingle ? squeeze(all, 1) : all;
    };
    const y = isSingle ? squeeze(x, 1) : batchFirst ? transpose(x, 0, 1) : x;
    return { y, h: whole(0), c: this.#kind === "LSTM" ? whole(1) : whole(0) };
  }

  #sequence(
    x: Tensor,
    start: State,
    weights: CellWeights,
    isReverse: boolean,
    masks: readonly Tensor[] | null,
  ): { y: Tensor; state: State } {
    // All inputs' shares of the gates at once: one large product instead of many small ones.
    const gates = linear(x, weights.ih, weights.biasIh);
    const T = x.shape[0] as number;
    const outputs = new Array<Tensor>(T);
    let state = start;
    for (let step = 0; step < T; step++) {
      const at = isReverse ? T - 1 - step : step;
      const next = this.#step(select(gates, 0, at), state, weights);
      const mask = masks?.[at] ?? null;
      if (mask === null) {
        state = next;
        outputs[at] = next[0];
      } else {
        state = [where(mask, next[0], state[0]), where(mask, next[1], state[1])];
        outputs[at] = where(mask, next[0], 0);
      }
    }
    return { y: stack(outputs), state };
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

/** For each step which sequences are that long, [N, 1]. */
const masksOf = (lengths: readonly number[], T: number, N: number): Tensor[] => {
  if (lengths.length !== N || lengths.some((length) => !(length >= 1 && length <= T)))
    throw new ValueError({
      op: "lengths",
      problem: `[${lengths.join(", ")}] does not fit ${N} sequences of ${T} steps`,
      rule: "one from 1 to T for each",
    });
  const all = tensor(Int32Array.from(lengths)).reshape([N, 1]);
  return Array.from({ length: T }, (_, at) => gt(all, at));
};

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

  override forward(x: Tensor, h0: Tensor | null = null, options: SequenceOptions = {}): [Tensor, Tensor] {
    const { y, h } = this.run(x, [h0], options);
    return [y, h];
  }
}

/** An RNN whose gates say what is kept and what is forgotten. @source torch.nn.GRU; Cho et al., 2014 */
export class GRU extends Recurrent {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super("GRU", inputSize, hiddenSize, options);
  }

  override forward(x: Tensor, h0: Tensor | null = null, options: SequenceOptions = {}): [Tensor, Tensor] {
    const { y, h } = this.run(x, [h0], options);
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

  override forward(
    x: Tensor,
    states: readonly [Tensor, Tensor] | null = null,
    options: SequenceOptions = {},
  ): [Tensor, [Tensor, Tensor]] {
    const { y, h, c } = this.run(x, states ?? [], options);
    return [y, [h, c]];
  }
}

export interface CellOptions {
  /** Default true. */
  bias?: boolean | undefined;
  /** An RNN's. Default "tanh". */
  nonlinearity?: "tanh" | "relu" | undefined;
}

/** One step of one layer; parameters weight_ih, weight_hh, bias_ih, bias_hh. */
abstract class Cell extends Module {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly #weights: CellWeights;
  readonly #step: CellStep;
  readonly #nonlinearity: string;

  constructor(kind: Kind, inputSize: number, hiddenSize: number, { bias = true, nonlinearity = "tanh" }: CellOptions) {
    super();
    checkFeatures(`${kind}Cell`, { inputSize, hiddenSize });
    checkNonlinearity(`${kind}Cell`, nonlinearity);
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    const rows = gatesOf[kind] * hiddenSize;
    const own = (name: string, ...shape: number[]): Parameter =>
      this.registerParameter(name, new Parameter(empty(shape)));
    this.#weights = {
      ih: own("weight_ih", rows, inputSize),
      hh: own("weight_hh", rows, hiddenSize),
      biasIh: bias ? own("bias_ih", rows) : null,
      biasHh: bias ? own("bias_hh", rows) : null,
      hr: null,
    };
    this.#step = stepOf(kind, nonlinearity);
    this.#nonlinearity = nonlinearity;
    const bound = hiddenSize > 0 ? 1 / Math.sqrt(hiddenSize) : 0;
    for (const parameter of this.parameters()) uniform_(parameter, -bound, bound);
  }

  protected step(x: Tensor, given: readonly (Tensor | null)[]): State {
    const isSingle = x.ndim === 1;
    const input = isSingle ? unsqueeze(x, 0) : x;
    if (input.ndim !== 2 || input.shape[1] !== this.inputSize)
      throw new ShapeError({
        op: this.constructor.name,
        problem: "the input does not fit",
        rule: "[N, inputSize] or [inputSize]",
        args: { input: x.shape },
      });
    const start = (i: number): Tensor => {
      const state = given[i] ?? null;
      if (state === null) return zeros([input.shape[0] as number, this.hiddenSize], { dtype: x.dtype });
      return isSingle ? unsqueeze(state, 0) : state;
    };
    const next = this.#step(linear(input, this.#weights.ih, this.#weights.biasIh), [start(0), start(1)], this.#weights);
    return isSingle ? [squeeze(next[0], 0), squeeze(next[1], 0)] : next;
  }

  override extraRepr(): string {
    const { biasIh } = this.#weights;
    const nonlinearity = this.#nonlinearity === "tanh" ? undefined : this.#nonlinearity;
    const rest = reprOf({ bias: biasIh === null ? false : undefined, nonlinearity });
    return `${this.inputSize}, ${this.hiddenSize}${rest === "" ? "" : `, ${rest}`}`;
  }
}

/** One step of an RNN. @source torch.nn.RNNCell */
export class RNNCell extends Cell {
  constructor(inputSize: number, hiddenSize: number, options: CellOptions = {}) {
    super("RNN", inputSize, hiddenSize, options);
  }

  override forward(x: Tensor, h: Tensor | null = null): Tensor {
    return this.step(x, [h])[0];
  }
}

/** One step of a GRU. @source torch.nn.GRUCell */
export class GRUCell extends Cell {
  constructor(inputSize: number, hiddenSize: number, options: CellOptions = {}) {
    super("GRU", inputSize, hiddenSize, options);
  }

  override forward(x: Tensor, h: Tensor | null = null): Tensor {
    return this.step(x, [h])[0];
  }
}

/** One step of an LSTM: [h, c]. @source torch.nn.LSTMCell */
export class LSTMCell extends Cell {
  constructor(inputSize: number, hiddenSize: number, options: CellOptions = {}) {
    super("LSTM", inputSize, hiddenSize, options);
  }

  override forward(x: Tensor, state: readonly [Tensor, Tensor] | null = null): [Tensor, Tensor] {
    const [h, c] = this.step(x, state ?? []);
    return [h, c];
  }
}
