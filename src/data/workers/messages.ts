import type { Recipe } from "./recipe.js";

/** What a loader tells a worker. */
export type ToWorker =
  | {
      readonly kind: "start";
      /** Its options are packed. */
      readonly recipe: Recipe;
      readonly id: number;
      readonly numWorkers: number;
      readonly seed: number;
    }
  | { readonly kind: "fetch"; readonly batch: number; readonly indices: readonly number[] }
  /** Nobody waits any more for what was asked so far. */
  | { readonly kind: "forget" }
  /** Nobody will ask again. */
  | { readonly kind: "end" };

/** An error as what crosses between threads of any kind whole. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
}

/** What a worker tells its loader. */
export type FromWorker =
  | { readonly kind: "batch"; readonly batch: number; readonly packed: unknown }
  /** A batch, or the start where `batch` is null, failed; at the sample `index` where one was asked for. */
  | {
      readonly kind: "failed";
      readonly batch: number | null;
      readonly index: number | null;
      readonly error: PlainError;
    }
  /** It ends itself. */
  | { readonly kind: "closed" };
