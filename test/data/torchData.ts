import { readFileSync } from "node:fs";

interface Loaded {
  readonly epochs: number[][][];
  readonly next: number[];
}
interface Transformed {
  readonly out: number[];
  readonly shape: number[];
  readonly next: number[];
}

/** What PyTorch drew: torchData.py made it. */
export const torchData = JSON.parse(readFileSync(new URL("torchData.json", import.meta.url), "utf8")) as {
  readonly shuffle: Loaded;
  readonly shuffleGenerator: Loaded;
  readonly shuffleDropLast: Loaded;
  readonly workers: Loaded;
  readonly samplers: Readonly<
    Record<"weighted" | "weightedOnce" | "replacement" | "rounds" | "subset" | "next", number[]>
  > & { readonly batches: number[][] };
  readonly multinomial: Readonly<Record<"once" | "replacement" | "one", number[][]>> & { readonly next: number[] };
  readonly distributed: Readonly<Record<"padded" | "dropped" | "plain" | "short", number[][]>>;
  readonly split: Readonly<Record<"counts" | "shares", number[][]>>;
  readonly transforms: Readonly<Record<string, Transformed>>;
};
