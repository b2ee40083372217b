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

/** How many threads compute: what was asked for, or as many as there are cores; 1 where there is no more. */
export const numThreads = (): number => {
  if (whyAlone !== null) return 1;
  asked ??= fromEnvironment() ?? cores();
  return Math.min(asked, MOST);
};

/** Computes on n threads from now on. */
export const useThreads = (n: number): void => {
  asked = n;
};
