import { arange, nn, type Tensor } from "mytorch";

export interface GPTOptions {
  /** Different letters. */
  readonly letters: number;
  /** Letters that it looks back on, at most. */
  readonly context: number;
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  readonly dropout: number;
}

/** Attention to what came before, then a small network; each is added to what was there. */
class Block extends nn.Module {
  readonly norm1: nn.LayerNorm;
  readonly qkv: nn.Linear;
  readonly out: nn.Linear;
  readonly norm2: nn.LayerNorm;
  readonly feed: nn.Sequential;
  readonly #heads: number;

  constructor({ width, heads, dropout }: GPTOptions) {
    super();
    this.norm1 = new nn.LayerNorm(width);
    this.qkv = new nn.Linear(width, 3 * width);
    this.out = new nn.Linear(width, width);
    this.norm2 = new nn.LayerNorm(width);
    this.feed = new nn.Sequential(
      new nn.Linear(width, 4 * width),
      new nn.GELU(),
      new nn.Linear(4 * width, width),
      new nn.Dropout({ p: dropout }),
    );
    this.#heads = heads;
  }

  /** @shape [B, T, width] → [B, T, width] */
  override forward(x: Tensor): Tensor {
    const [B, T, width] = x.shape as [number, number, number];
    const perHead = (y: Tensor): Tensor => y.reshape(B, T, this.#heads, width / this.#heads).transpose(1, 2);
    const [q, k, v] = this.qkv.forward(this.norm1.forward(x)).split(width, -1).map(perHead) as [Tensor, Tensor, Tensor];
    const seen = nn.functional.scaledDotProductAttention(q, k, v, { isCausal: true });
    const attended = x.add(this.out.forward(seen.transpose(1, 2).reshape(B, T, width)));
    return attended.add(this.feed.forward(this.norm2.forward(attended)));
  }
}

/**
 * A decoder-only transformer: what letter comes next, after each letter of a text.
 *
 * @source Radford et al., 2019 (GPT-2): norms first, the embedding is the last layer's weight too, small first weights
 */
export class GPT extends nn.Module {
  readonly letters: nn.Embedding;
  readonly places: nn.Embedding;
  readonly blocks: nn.Sequential;
  readonly norm: nn.LayerNorm;
  readonly context: number;

  constructor(options: GPTOptions) {
    super();
    const { letters, context, width, layers } = options;
    this.letters = new nn.Embedding(letters, width);
    this.places = new nn.Embedding(context, width);
    this.blocks = new nn.Sequential(...Array.from({ length: layers }, () => new Block(options)));
    this.norm = new nn.LayerNorm(width);
    this.context = context;
    for (const [name, parameter] of this.namedParameters()) {
      if (parameter.ndim !== 2) continue;
      // What is added to the stream starts smaller the more layers add to it.
      const isAdded = name.endsWith("out.weight") || name.endsWith("feed.2.weight");
      nn.init.normal_(parameter, 0, isAdded ? 0.02 / Math.sqrt(2 * layers) : 0.02);
    }
  }

  /** @shape ids [B, T] → logits [B, T, letters] */
  override forward(ids: Tensor): Tensor {
    const x = this.letters.forward(ids).add(this.places.forward(arange(ids.shape[1] as number)));
    return nn.functional.linear(this.norm.forward(this.blocks.forward(x)), this.letters.weight);
  }

  /** Nats a letter, each told from those before it. @shape windows [B, T + 1] → [B · T] */
  lossesOf(windows: Tensor): Tensor {
    const T = (windows.shape[1] as number) - 1;
    const logits = this.forward(windows.narrow(1, 0, T));
    return nn.functional.crossEntropy(logits.flatten(0, 1), windows.narrow(1, 1, T).flatten(), { reduction: "none" });
  }
}
