import { gelu } from "../../ops/activation/gelu.js";
import { relu } from "../../ops/activation/relu.js";
import { add } from "../../ops/elementwise/arithmetic.js";
import { triu } from "../../ops/movement/triangle.js";
import { defaultGenerator } from "../../random/generator.js";
import { full } from "../../tensor/create.js";
import { ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { xavierUniform_ } from "../init.js";
import { Module } from "../module.js";
import { MultiheadAttention } from "./attention.js";
import { ModuleList } from "./containers.js";
import { Dropout } from "./dropout.js";
import { Linear } from "./linear.js";
import { LayerNorm } from "./norm.js";

type Activation = "relu" | "gelu" | ((x: Tensor) => Tensor);

export interface TransformerLayerOptions {
  /** Size of the inner layer. Default 2048. */
  dimFeedforward?: number | undefined;
  /** Default 0.1. */
  dropout?: number | undefined;
  /** Default "relu". */
  activation?: Activation | undefined;
  /** Default 1e-5. */
  layerNormEps?: number | undefined;
  /** Sequences are [N, L, E] instead of [L, N, E]. Default false. */
  batchFirst?: boolean | undefined;
  /** Normalise before each part instead of after it. Default false. */
  normFirst?: boolean | undefined;
  /** Default true. */
  bias?: boolean | undefined;
}

const activationOf = (activation: Activation): ((x: Tensor) => Tensor) => {
  if (typeof activation === "function") return activation;
  if (activation === "relu") return (x) => relu(x);
  if (activation === "gelu") return (x) => gelu(x);
  throw new ValueError({
    op: "Transformer",
    problem: `activation is ${String(activation)}`,
    rule: '"relu", "gelu" or a function',
  });
};

/** A copy of a layer: made anew as the layer was, with its weights, dtype and mode. */
const copied = <M extends Module>(layer: M, make: () => M): M => {
  // What the copy draws is overwritten at once: for everyone after it, it has drawn nothing.
  const state = defaultGenerator.getState();
  const copy = make();
  defaultGenerator.setState(state);
  const [first] = layer.parameters();
  if (first !== undefined) copy.to(first.dtype);
  copy.loadStateDict(layer.stateDict());
  const own = new Map(layer.namedParameters());
  for (const [name, parameter] of copy.namedParameters()) parameter.requiresGrad_(own.get(name)?.requiresGrad);
  copy.train(layer.training);
  return copy;
};

/** Which places are hidden from whom; see MultiheadAttention. */
export interface EncoderMasks {
  srcMask?: Tensor | null | undefined;
  srcKeyPaddingMask?: Tensor | null | undefined;
}

/** Attention to itself, then a layer for each place, each with a shortcut and a norm. @source torch.nn.TransformerEncoderLayer */
export class TransformerEncoderLayer extends Module {
  readonly #selfAttn: MultiheadAttention;
  readonly #linears: readonly [Linear, Linear];
  readonly #norms: readonly [LayerNorm, LayerNorm];
  readonly #dropouts: readonly [Dropout, Dropout, Dropout];
  readonly #activation: (x: Tensor) => Tensor;
  readonly #normFirst: boolean;
  /** Another layer with the same settings and weights, in memory of its own. */
  readonly copy: () => TransformerEncoderLayer;

  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    super();
    this.copy = () => copied(this, () => new TransformerEncoderLayer(dModel, nhead, options));
    const { dimFeedforward = 2048, dropout: p = 0.1, activation = "relu", layerNormEps: eps = 1e-5 } = options;
    const { batchFirst = false, normFirst = false, bias = true } = options;
    this.#selfAttn = this.registerModule(
      "self_attn",
      new MultiheadAttention(dModel, nhead, { dropout: p, batchFirst, bias }),
    );
    const first = this.registerModule("linear1", new Linear(dModel, dimFeedforward, { bias }));
    const inner = this.registerModule("dropout", new Dropout({ p }));
    this.#linears = [first, this.registerModule("linear2", new Linear(dimFeedforward, dModel, { bias }))];
    this.#norms = [
      this.registerModule("norm1", new LayerNorm(dModel, { eps, bias })),
      this.registerModule("norm2", new LayerNorm(dModel, { eps, bias })),
    ];
    this.#dropouts = [
      inner,
      this.registerModule("dropout1", new Dropout({ p })),
      this.registerModule("dropout2", new Dropout({ p })),
    ];
    this.#activation = activationOf(activation);
    this.#normFirst = normFirst;
  }

  override forward(src: Tensor, { srcMask = null, srcKeyPaddingMask = null }: EncoderMasks = {}): Tensor {
    const [norm1, norm2] = this.#norms;
    const attend = (x: Tensor): Tensor => {
      const [y] = this.#selfAttn.forward(x, x, x, {
        attnMask: srcMask,
        keyPaddingMask: srcKeyPaddingMask,
        needWeights: false,
      });
      return this.#dropouts[1].forward(y);
    };
    const feed = (x: Tensor): Tensor => {
      const inner = this.#dropouts[0].forward(this.#activation(this.#linears[0].forward(x)));
      return this.#dropouts[2].forward(this.#linears[1].forward(inner));
    };
    if (this.#normFirst) {
      const x = add(src, attend(norm1.forward(src)));
      return add(x, feed(norm2.forward(x)));
    }
    const x = norm1.forward(add(src, attend(src)));
    return norm2.forward(add(x, feed(x)));
  }
}

export interface DecoderMasks {
  tgtMask?: Tensor | null | undefined;
  memoryMask?: Tensor | null | undefined;
  tgtKeyPaddingMask?: Tensor | null | undefined;
  memoryKeyPaddingMask?: Tensor | null | undefined;
}

/** As the encoder's layer, with attention to the encoder's memory in the middle. @source torch.nn.TransformerDecoderLayer */
export class TransformerDecoderLayer extends Module {
  readonly #selfAttn: MultiheadAttention;
  readonly #crossAttn: MultiheadAttention;
  readonly #linears: readonly [Linear, Linear];
  readonly #norms: readonly [LayerNorm, LayerNorm, LayerNorm];
  readonly #dropouts: readonly [Dropout, Dropout, Dropout, Dropout];
  readonly #activation: (x: Tensor) => Tensor;
  readonly #normFirst: boolean;
  /** Another layer with the same settings and weights, in memory of its own. */
  readonly copy: () => TransformerDecoderLayer;

  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    super();
    this.copy = () => copied(this, () => new TransformerDecoderLayer(dModel, nhead, options));
    const { dimFeedforward = 2048, dropout: p = 0.1, activation = "relu", layerNormEps: eps = 1e-5 } = options;
    const { batchFirst = false, normFirst = false, bias = true } = options;
    const attention = (name: string): MultiheadAttention =>
      this.registerModule(name, new MultiheadAttention(dModel, nhead, { dropout: p, batchFirst, bias }));
    this.#selfAttn = attention("self_attn");
    this.#crossAttn = attention("multihead_attn");
    const first = this.registerModule("linear1", new Linear(dModel, dimFeedforward, { bias }));
    const inner = this.registerModule("dropout", new Dropout({ p }));
    this.#linears = [first, this.registerModule("linear2", new Linear(dimFeedforward, dModel, { bias }))];
    const norm = (i: number): LayerNorm => this.registerModule(`norm${i}`, new LayerNorm(dModel, { eps, bias }));
    this.#norms = [norm(1), norm(2), norm(3)];
    const drop = (i: number): Dropout => this.registerModule(`dropout${i}`, new Dropout({ p }));
    this.#dropouts = [inner, drop(1), drop(2), drop(3)];
    this.#activation = activationOf(activation);
    this.#normFirst = normFirst;
  }

  override forward(tgt: Tensor, memory: Tensor, masks: DecoderMasks = {}): Tensor {
    const { tgtMask = null, memoryMask = null, tgtKeyPaddingMask = null, memoryKeyPaddingMask = null } = masks;
    const parts: ((x: Tensor) => Tensor)[] = [
      (x) =>
        this.#selfAttn.forward(x, x, x, {
          attnMask: tgtMask,
          keyPaddingMask: tgtKeyPaddingMask,
          needWeights: false,
        })[0],
      (x) =>
        this.#crossAttn.forward(x, memory, memory, {
          attnMask: memoryMask,
          keyPaddingMask: memoryKeyPaddingMask,
          needWeights: false,
        })[0],
      (x) => this.#linears[1].forward(this.#dropouts[0].forward(this.#activation(this.#linears[0].forward(x)))),
    ];
    return parts.reduce((x, part, i) => {
      const [norm, drop] = [this.#norms[i] as LayerNorm, this.#dropouts[i + 1] as Dropout];
      return this.#normFirst
        ? add(x, drop.forward(part(norm.forward(x))))
        : norm.forward(add(x, drop.forward(part(x))));
    }, tgt);
  }
}

/** Copies of an encoder layer after each other, and a norm at the end where one is given. @source torch.nn.TransformerEncoder */
export class TransformerEncoder extends Module {
  readonly #layers: ModuleList<TransformerEncoderLayer>;
  readonly #norm: LayerNorm | null;

  constructor(
    encoderLayer: TransformerEncoderLayer,
    numLayers: number,
    { norm = null }: { norm?: LayerNorm | null | undefined } = {},
  ) {
    super();
    this.#layers = this.registerModule("layers", new ModuleList(Array.from({ length: numLayers }, encoderLayer.copy)));
    this.#norm = norm === null ? null : this.registerModule("norm", norm);
  }

  override forward(
    src: Tensor,
    { mask = null, srcKeyPaddingMask = null }: { mask?: Tensor | null | undefined } & EncoderMasks = {},
  ): Tensor {
    let x = src;
    for (const layer of this.#layers) x = layer.forward(x, { srcMask: mask, srcKeyPaddingMask });
    return this.#norm === null ? x : this.#norm.forward(x);
  }
}

/** Copies of a decoder layer after each other, and a norm at the end where one is given. @source torch.nn.TransformerDecoder */
export class TransformerDecoder extends Module {
  readonly #layers: ModuleList<TransformerDecoderLayer>;
  readonly #norm: LayerNorm | null;

  constructor(
    decoderLayer: TransformerDecoderLayer,
    numLayers: number,
    { norm = null }: { norm?: LayerNorm | null | undefined } = {},
  ) {
    super();
    this.#layers = this.registerModule("layers", new ModuleList(Array.from({ length: numLayers }, decoderLayer.copy)));
    this.#norm = norm === null ? null : this.registerModule("norm", norm);
  }

  override forward(tgt: Tensor, memory: Tensor, masks: DecoderMasks = {}): Tensor {
    let x = tgt;
    for (const layer of this.#layers) x = layer.forward(x, memory, masks);
    return this.#norm === null ? x : this.#norm.forward(x);
  }
}

export interface TransformerOptions extends TransformerLayerOptions {
  /** Default 512. */
  dModel?: number | undefined;
  /** Default 8. */
  nhead?: number | undefined;
  /** Default 6. */
  numEncoderLayers?: number | undefined;
  /** Default 6. */
  numDecoderLayers?: number | undefined;
}

/** An encoder and a decoder that looks at its memory. @source torch.nn.Transformer; Vaswani et al., 2017: matrices Xavier-uniform */
export class Transformer extends Module {
  readonly #encoder: TransformerEncoder;
  readonly #decoder: TransformerDecoder;

  constructor({
    dModel = 512,
    nhead = 8,
    numEncoderLayers = 6,
    numDecoderLayers = 6,
    ...options
  }: TransformerOptions = {}) {
    super();
    const norm = (): LayerNorm => new LayerNorm(dModel, { eps: options.layerNormEps, bias: options.bias });
    this.#encoder = this.registerModule(
      "encoder",
      new TransformerEncoder(new TransformerEncoderLayer(dModel, nhead, options), numEncoderLayers, {
        norm: norm(),
      }),
    );
    this.#decoder = this.registerModule(
      "decoder",
      new TransformerDecoder(new TransformerDecoderLayer(dModel, nhead, options), numDecoderLayers, {
        norm: norm(),
      }),
    );
    for (const parameter of this.parameters()) if (parameter.ndim > 1) xavierUniform_(parameter);
  }

  override forward(
    src: Tensor,
    tgt: Tensor,
    { srcMask = null, srcKeyPaddingMask = null, ...masks }: EncoderMasks & DecoderMasks = {},
  ): Tensor {
    const memory = this.#encoder.forward(src, { mask: srcMask, srcKeyPaddingMask });
    return this.#decoder.forward(tgt, memory, masks);
  }

  /** −∞ above the diagonal: each place sees itself and what is before it. */
  static generateSquareSubsequentMask(size: number): Tensor {
    return triu(full([size, size], Number.NEGATIVE_INFINITY), 1);
  }
}
