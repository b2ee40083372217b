import type { Worker as NodeWorker } from "node:worker_threads";
import type { FromWorker, ToWorker } from "./messages.js";

/** A worker, as Node and pages have it. */
export interface Port {
  send(message: ToWorker, moved: ArrayBuffer[]): void;
  /** Whether the worker keeps the process alive. */
  hold(isHeld: boolean): void;
  stop(): Promise<unknown>;
}

/** What is told of a worker. */
export interface Listener {
  received(message: FromWorker): void;
  /** It is gone, or cannot go on. */
  died(how: string, cause?: Error): void;
}

/**
 * How long a worker may take to end by itself, in ms. Node's zlib brings the whole process down when a thread is ended from outside in
 * the wrong moment, and decoding is what workers do.
 */
const PATIENCE_MS = 2000;

/** Starts a thread whose program serves data sets: a Worker of node:worker_threads in Node, else a page's. */
export type StartThread = () => { postMessage(message: unknown): void };

const startInNode = async (): Promise<NodeWorker> => {
  const { Worker } = await import("node:worker_threads");
  // What says how a text given to --eval is read is not for a file.
  const isEval = process.execArgv.some((flag) => flag.startsWith("--input-type"));
  const url = new URL("./loaderWorker.js", import.meta.url);
  return new Worker(url, isEval ? { execArgv: [] } : {});
};

const portOfNode = (worker: NodeWorker, { received, died }: Listener): Port => {
  worker.unref();
  worker.on("message", received);
  worker.on("messageerror", (error) => died("sent what cannot be read", error));
  worker.on("error", (error: unknown) => died("died", error instanceof Error ? error : new Error(String(error))));
  worker.on("exit", (code) => died(`ended with exit code ${code}`));
  const ended = new Promise((resolve) => worker.once("exit", resolve));
  return {
    send: (message, moved) => worker.postMessage(message, moved),
    hold: (isHeld) => (isHeld ? worker.ref() : worker.unref()),
    stop: () => {
      worker.ref();
      worker.postMessage({ kind: "end" } satisfies ToWorker, []);
      setTimeout(() => void worker.terminate(), PATIENCE_MS).unref();
      return ended;
    },
  };
};

const portOfPage = (worker: Worker, { received, died }: Listener): Port => {
  worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => received(data));
  worker.addEventListener("messageerror", () => died("sent what cannot be read"));
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    died("died", new Error(event.message || "its program could not be loaded"));
  });
  return {
    send: (message, moved) => worker.postMessage(message, moved),
    hold: () => undefined,
    stop: async () => worker.terminate(),
  };
};

/** Starts a worker, the library's own unless `start` is given. It keeps no process alive unless it is held. */
export const startPort = async (listener: Listener, start: StartThread | null): Promise<Port> => {
  const isNode = globalThis.process?.versions?.node !== undefined;
  if (isNode) return portOfNode(start === null ? await startInNode() : (start() as NodeWorker), listener);
  // A bundler knows a worker by these words.
  const worker = start?.() ?? new Worker(new URL("./loaderWorker.js", import.meta.url), { type: "module" });
  return portOfPage(worker as Worker, listener);
};
