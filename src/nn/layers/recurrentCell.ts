import type { CellOp } from "../../backend/ops.js";
import { add } from "../../ops/elementwise/arithmetic.js";
import { linear } from "../../ops/linalg/matmul.js";
import { squeeze, unsqueeze } from "../../ops/movement/reshape.js";
import { recurrentSequence } from "../../ops/recurrent/sequence.js";
import type { Sequences } from "../../ops/recurrent/steps.js";
import { empty, zeros } from "../../tensor/create.js";
import { ShapeError, ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { uniform_ } from "../init.js";
import { checkFeatures, Module } from "../module.js";
import { Parameter } from "../parameter.js";
import { reprOf } from "./repr.js";

/** Weights of one cell: input to gates, hidden state to gates, and their biases. */
export interface CellWeights {
  readonly ih: Tensor;
  readonly hh: Tensor;
  readonly biasIh: Tensor | null;
  readonly biasHh: Tensor | null;
  /** From cell to hidden state, where they have different sizes. */
  readonly hr: Tensor | null;
}

/** The hidden state, and an LSTM's cell. */
export type State = readonly [h: Tensor, c: Tensor];

export type Kind = "RNN" | "LSTM" | "GRU";

export const gatesOf: Readonly<Record<Kind, number>> = { RNN: 1, LSTM: 4, GRU: 3 };

export const opOf = (kind: Kind, nonlinearity: "tanh" | "relu"): CellOp => {
  if (kind === "RNN") return nonlinearity === "relu" ? "rnnRelu" : "rnnTanh";
  return kind === "LSTM" ? "lstm" : "gru";
};

/** A layer in one direction: the hidden state of each step, and the states at the end. */
export interface Side {
  readonly y: Tensor;
  readonly h: Tensor;
  readonly c: Tensor;
}

/** The input's share of the gates. Only a GRU's hidden state has a bias of its own: for others both are one summand. */
export const inputShare = (x: Tensor, { ih, biasIh, biasHh }: CellWeights, op: CellOp): Tensor =>
  linear(x, ih, op === "gru" || biasIh === null || biasHh === null ? biasIh : add(biasIh, biasHh));

export const sequenceOf = (gates: Tensor, [h0, c0]: State, { hh, biasHh }: CellWeights, sequences: Sequences): Side => {
  const { op } = sequences;
  const recurrence = { weight: hh, bias: op === "gru" ? biasHh : null, h0, c0: op === "lstm" ? c0 : null };
  const { y, h, c } = recurrentSequence(gates, recurrence, sequences);
  return { y, h, c: c ?? h };
};

export const checkNonlinearity = (op: string, nonlinearity: string): void => {
  if (nonlinearity === "tanh" || nonlinearity === "relu") return;
  throw new ValueError({ op, problem: `nonlinearity is ${nonlinearity}`, rule: '"tanh" or "relu"' });
};

/** The weights of a cell by PyTorch's names: weight_ih, …, with what stands behind them. */
export const weightsOf = (module: Module, suffix: string, hasBias: boolean, isProjected: boolean): CellWeights => ({
  ih: module.tensorOf(`weight_ih${suffix}`),
  hh: module.tensorOf(`weight_hh${suffix}`),
  biasIh: hasBias ? module.tensorOf(`bias_ih${suffix}`) : null,
  biasHh: hasBias ? module.tensorOf(`bias_hh${suffix}`) : null,
  hr: isProjected ? module.tensorOf(`weight_hr${suffix}`) : null,
});

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
  readonly #hasBias: boolean;
  readonly #op: CellOp;
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
    own("weight_ih", rows, inputSize);
    own("weight_hh", rows, hiddenSize);
    if (bias) {
      own("bias_ih", rows);
      own("bias_hh", rows);
    }
    this.#hasBias = bias;
    this.#op = opOf(kind, nonlinearity);
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
      const wanted = [input.shape[0] as number, this.hiddenSize];
      if (state === null) return zeros(wanted, { dtype: x.dtype });
      const full = isSingle ? unsqueeze(state, 0) : state;
      if (full.shape.join() === wanted.join()) return full;
      throw new ShapeError({
        op: this.constructor.name,
        problem: "the state does not fit",
        rule: "[N, hiddenSize] or [hiddenSize], as the input",
        args: { input: x.shape, state: state.shape },
      });
    };
    const weights = weightsOf(this, "", this.#hasBias, false);
    const sequences = { op: this.#op, batchSizes: [input.shape[0] as number], isReverse: false };
    const { h, c } = sequenceOf(inputShare(input, weights, this.#op), [start(0), start(1)], weights, sequences);
    return isSingle ? [squeeze(h, 0), squeeze(c, 0)] : [h, c];
  }

  override extraRepr(): string {
    const nonlinearity = this.#nonlinearity === "tanh" ? undefined : this.#nonlinearity;
    const rest = reprOf({ bias: this.#hasBias ? undefined : false, nonlinearity });
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
