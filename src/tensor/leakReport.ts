import { type DType, itemSize } from "../backend/dtype.js";
import { formatShape, ValueError } from "./errors.js";
import { type Shape, sizeOf } from "./shape.js";
import { nudgeCollector, registerYoung } from "./storage.js";
import { type Made, startTracking, stopTracking, tracked } from "./tracking.js";

/** Tensors of one shape that were made at one place and are still alive. */
export interface Leak {
  /** What was called there: "rand", "Linear.forward". */
  readonly call: string;
  /** file:line:column of the code that called the library. */
  readonly where: string;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly count: number;
  /** Of all of them together. */
  readonly bytes: number;
}

export interface LeakReport {
  /** Largest first. */
  readonly leaks: readonly Leak[];
  /** As a table, one place a line. */
  toString(): string;
}

/** Times that the collector is asked: it works in steps, and a round that frees nothing may come before one that does. */
const ROUNDS = 8;
const QUIET_ROUNDS = 3;
/** Between two, ms: time for it to finish and to run what it has to run. */
const PAUSE = 10;

/**
 * Runs `fn`, lets the garbage collector take what nobody reaches any more, and says which of the tensors that `fn` made are
 * still alive, and where they were made: what a variable, a closure or a graph holds, gradients, and the inner results of the
 * last `backward()`, which stay readable until the next.
 *
 * Tensors are noted only while it runs. With node --expose-gc the collector does all of its work; without, it is asked to.
 *
 * @throws ValueError when another report is being made; what `fn` throws
 * @example console.log(String(await leakReport(() => trainOneEpoch())))
 */
export const leakReport = async (fn: () => unknown): Promise<LeakReport> => {
  if (tracked !== null) throw new ValueError({ op: "leakReport", problem: "another report is being made" });
  const made = startTracking();
  try {
    await fn();
    await collect(() => made.size);
    return reportOf([...made.values()]);
  } finally {
    stopTracking();
  }
};

/** Until nothing more comes back. */
const collect = async (alive: () => number): Promise<void> => {
  registerYoung();
  let quiet = 0;
  for (let round = 0; round < ROUNDS && quiet < QUIET_ROUNDS; round++) {
    const before = alive();
    if (typeof globalThis.gc === "function") globalThis.gc();
    else nudgeCollector();
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    quiet = alive() === before ? quiet + 1 : 0;
  }
};

const reportOf = (made: readonly Made[]): LeakReport => {
  const groups = new Map<string, Leak>();
  for (const { call, where, shape, dtype } of made) {
    const key = `${where} ${call} ${dtype} ${shape.join()}`;
    const count = (groups.get(key)?.count ?? 0) + 1;
    groups.set(key, { call, where, shape, dtype, count, bytes: count * sizeOf(shape) * itemSize[dtype] });
  }
  const leaks = [...groups.values()].sort((a, b) => b.bytes - a.bytes);
  return { leaks, toString: () => tableOf(leaks) };
};

const tableOf = (leaks: readonly Leak[]): string => {
  if (leaks.length === 0) return "no tensor that was made here is alive";
  const rows = leaks.map(({ call, where, shape, dtype, count, bytes }) => [
    `${count} ×`,
    `${dtype} ${formatShape(shape)}`,
    `${(bytes / 2 ** 20).toFixed(2)} MB`,
    `${call} at ${where}`,
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  const lines = rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  "));
  return ["made here and alive:", ...lines.map((line) => `  ${line}`)].join("\n");
};
