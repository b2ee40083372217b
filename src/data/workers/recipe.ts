import { ValueError } from "../../tensor/errors.js";
import type { Dataset } from "../dataset.js";

/** How any thread makes a data set for itself: names in a module, since functions cannot cross from thread to thread. */
export interface Recipe {
  /** Where the module is; null for one that the worker's own program has. */
  readonly module: string | null;
  /** The export that is called with `options` and gives the data set, or a promise of it. */
  readonly make: string;
  readonly options: unknown;
  /** The export that makes a batch of samples, if not the usual way. */
  readonly collateFn: string | undefined;
  /** The export that each worker calls with its number before it starts. */
  readonly workerInitFn: string | undefined;
}

/** A module, as `import * as` gives it. */
export type Exports = Readonly<Record<string, unknown>>;

type Exported = (...args: readonly unknown[]) => unknown;

/** What a recipe makes. */
export interface Made {
  readonly dataset: Dataset<unknown>;
  readonly collateFn: ((samples: unknown[]) => unknown) | undefined;
  readonly workerInitFn: ((id: number) => unknown) | undefined;
}

const isDataset = (x: unknown): x is Dataset<unknown> =>
  typeof x === "object" && x !== null && "length" in x && "get" in x && typeof x.get === "function";

/** The module of a recipe, by its URL. */
export const importModule = async ({ module }: Recipe): Promise<Exports> => {
  if (module !== null) return (await import(/* @vite-ignore */ /* webpackIgnore: true */ module)) as Exports;
  throw new ValueError({
    op: "workerDataset",
    problem: "the worker's program has no module",
    hint: "let `worker` start a file that calls data.serveWorker(module)",
  });
};

/** @throws ValueError for an export that is not there, or that makes no data set */
export const follow = async (
  { module, make, options, collateFn, workerInitFn }: Recipe,
  exported: Exports,
): Promise<Made> => {
  const named = (name: string): Exported => {
    const found = exported[name];
    if (typeof found === "function") return found as Exported;
    throw new ValueError({
      op: "workerDataset",
      problem: `the module exports no function ${name}`,
      args: { module: module ?? "the worker's", exports: Object.keys(exported).join(", ") || "nothing" },
    });
  };
  const dataset = await named(make)(options);
  if (!isDataset(dataset))
    throw new ValueError({
      op: "workerDataset",
      problem: `${make} gave no data set`,
      rule: "a function that gives what has get(index) and a length, or a promise of it",
      args: { module: module ?? "the worker's" },
    });
  return {
    dataset,
    collateFn: collateFn === undefined ? undefined : named(collateFn),
    workerInitFn: workerInitFn === undefined ? undefined : named(workerInitFn),
  };
};
