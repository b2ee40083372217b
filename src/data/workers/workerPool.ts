import { ValueError } from "../../tensor/errors.js";
import { WorkerError } from "../dataErrors.js";
import type { FromWorker, PlainError } from "./messages.js";
import { pack, unpack } from "./parcel.js";
import { type Port, type StartThread, startPort } from "./port.js";
import type { Recipe } from "./recipe.js";

/** A batch that a worker was asked for. */
interface Asked {
  readonly worker: number;
  readonly indices: readonly number[];
  resolve(batch: unknown): void;
  reject(error: WorkerError): void;
}

/** An error of another thread with its own name and stack. */
const revived = ({ name, message, stack }: PlainError): Error => {
  const error = new Error(message);
  Object.defineProperty(error, "name", { value: name });
  if (stack !== undefined) error.stack = stack;
  return error;
};

/** The workers of a loader: each makes the data set for itself, and batches in turn. */
export class WorkerPool {
  #ports: readonly Port[] = [];
  readonly #asked = new Map<number, Asked>();
  /** Why there will be no more batches. */
  #broken: WorkerError | null = null;
  #isStopped = false;
  #count = 0;

  /** Starts `numWorkers` workers, seeded with `seed` plus their numbers. */
  static async start(
    recipe: Recipe,
    startThread: StartThread | null,
    numWorkers: number,
    seed: number,
  ): Promise<WorkerPool> {
    const pool = new WorkerPool();
    const listeners = Array.from({ length: numWorkers }, (_, id) => ({
      received: (message: FromWorker) => pool.#receive(id, message),
      died: (how: string, cause?: Error) => pool.#break(new WorkerError(id, null, how, cause)),
    }));
    pool.#ports = await Promise.all(listeners.map(async (listener) => startPort(listener, startThread)));
    for (const [id, port] of pool.#ports.entries()) {
      const moved: ArrayBuffer[] = [];
      const packed = { ...recipe, options: pack(recipe.options, moved) };
      try {
        port.send({ kind: "start", recipe: packed, id, numWorkers, seed: seed + id }, moved);
      } catch (error) {
        await pool.stop();
        throw new ValueError(
          {
            op: "DataLoader",
            problem: `the options of the data set cannot cross to a worker: ${String(error)}`,
            hint: "give numbers, texts, arrays, plain objects and tensors; functions belong into the module",
          },
          { cause: error },
        );
      }
    }
    return pool;
  }

  /** Whether it can give batches. */
  get isAlive(): boolean {
    return this.#broken === null && !this.#isStopped;
  }

  /** Asks the next worker for the batch of these samples. */
  fetch(indices: readonly number[]): Promise<unknown> {
    if (this.#broken !== null) return Promise.reject(this.#broken);
    const batch = this.#count++;
    const worker = batch % this.#ports.length;
    return new Promise((resolve, reject) => {
      this.#asked.set(batch, { worker, indices, resolve, reject });
      this.#ports[worker]?.send({ kind: "fetch", batch, indices }, []);
    });
  }

  /** Waits for a batch, and keeps the process alive meanwhile. @param timeout seconds, 0 for as long as it takes */
  async wait(batch: Promise<unknown>, timeout: number): Promise<unknown> {
    for (const port of this.#ports) port.hold(true);
    const timer =
      timeout > 0
        ? setTimeout(() => this.#break(new WorkerError(null, null, `gave no batch for ${timeout} s`)), 1000 * timeout)
        : undefined;
    try {
      return unpack(await batch);
    } finally {
      clearTimeout(timer);
      for (const port of this.#ports) port.hold(false);
    }
  }

  /** Nobody waits any more for what was asked: the workers rest. The next batches start with the first worker again. */
  park(): void {
    this.#asked.clear();
    this.#count += this.#ports.length - (this.#count % this.#ports.length);
    for (const port of this.#ports) port.send({ kind: "forget" }, []);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#asked.clear();
    await Promise.all(this.#ports.map(async (port) => port.stop()));
  }

  #receive(worker: number, message: FromWorker): void {
    if (message.kind === "closed") {
      this.#break(new WorkerError(worker, null, "closed itself"));
      return;
    }
    if (message.kind === "failed" && message.batch === null) {
      this.#break(new WorkerError(worker, null, "could not make the data set", revived(message.error)));
      return;
    }
    const asked = this.#asked.get(message.batch as number);
    if (asked === undefined) return;
    this.#asked.delete(message.batch as number);
    if (message.kind === "batch") asked.resolve(message.packed);
    else {
      const where = message.index === null ? `samples ${asked.indices.join(", ")}` : `sample ${message.index}`;
      asked.reject(new WorkerError(worker, message.index, `failed at ${where}`, revived(message.error)));
    }
  }

  /** All that is waited for fails. */
  #break(error: WorkerError): void {
    if (this.#isStopped || this.#broken !== null) return;
    this.#broken = error;
    for (const { reject } of this.#asked.values()) reject(error);
    this.#asked.clear();
  }
}
