/** What of Node is needed here, where the library runs in it: `process` is no global of a page. */
export interface NodeProcess {
  readonly env: Readonly<Record<string, string | undefined>>;
  getBuiltinModule?(id: "node:os"): typeof import("node:os");
  getBuiltinModule?(id: "node:worker_threads"): typeof import("node:worker_threads");
}
export const node = (globalThis as { process?: NodeProcess }).process;

/** More threads than this are not used: each takes 0.9 MB of the heap. */
const MOST = 64;

/** Why there is one thread only, or null where there can be more. */
export const whyAlone: string | null = (() => {
  if (typeof SharedArrayBuffer === "undefined" || globalThis.crossOriginIsolated === false)
    return "this page is not cross-origin isolated: serve it with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp";
  if (typeof Worker === "undefined" && node?.getBuiltinModule === undefined)
    return "worker threads can be had synchronously from Node 20.16 on";
  return null;
})();

const cores = (): number =>
  node?.getBuiltinModule?.("node:os")?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;

/** What MYTORCH_NUM_THREADS asks for. What is no number is passed over: an environment must not stop a program. */
const fromEnvironment = (): number | undefined => {
  const asked = Number(node?.env["MYTORCH_NUM_THREADS"] ?? Number.NaN);
  return Number.isInteger(asked) && asked >= 1 ? asked : undefined;
};

let asked: number | undefined;
let isSet = false;

/** How many threads were asked for, or as many as there are cores. */
export const askedThreads = (): number => {
  asked ??= fromEnvironment() ?? cores();
  return Math.min(asked, MOST);
};

/** How many threads compute: 1 where there can be no more, whatever was asked for. */
export const numThreads = (): number => (whyAlone === null ? askedThreads() : 1);

/** Computes on n threads from now on. */
export const useThreads = (n: number): void => {
  asked = n;
  isSet = true;
};

/** Where the number comes from. */
export const threadsSource = (): string => {
  if (isSet) return "set by setNumThreads()";
  return fromEnvironment() === undefined ? "as many as there are cores" : "set by MYTORCH_NUM_THREADS";
};
