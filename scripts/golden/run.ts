import { readCorpus } from "./corpus.js";
import { runError, runFunctional, runPlain } from "./kinds/functional.js";
import { runInit, seed } from "./kinds/init.js";
import { runModule, runTraining } from "./kinds/module.js";
import { runClip, runOptimizer, runOptimizerError, runScheduler } from "./kinds/optim.js";
import { runProgram } from "./kinds/program.js";
import { runTable } from "./kinds/table.js";
import { type KindRunner, messageOf } from "./kinds/verdict.js";
import type { Library } from "./library.js";
import { type GoldenCase, Skip } from "./values.js";
import { waivers as ownWaivers, type Waiver, waiverFor } from "./waivers.js";

const kinds: Readonly<Record<string, KindRunner>> = {
  functional: runFunctional,
  error: (library, golden) =>
    golden.args === undefined ? runOptimizerError(library, golden) : runError(library, golden),
  module: runModule,
  optimizer: runOptimizer,
  scheduler: runScheduler,
  clip: runClip,
  program: runProgram,
  training: runTraining,
  init: runInit,
  table: runTable,
  function: runPlain,
};

export type Result = { readonly status: "passed" } | { readonly status: "failed" | "skipped"; readonly reason: string };

/** Runs one case; the case runner never throws. */
export const runCase = (library: Library, golden: GoldenCase): Result => {
  const runner = kinds[typeof golden.kind === "string" ? golden.kind : "functional"];
  if (runner === undefined) return { status: "skipped", reason: `no runner for kind ${String(golden.kind)}` };
  try {
    seed(library);
    const verdict = runner(library, golden);
    return verdict === null ? { status: "passed" } : { status: "failed", reason: verdict };
  } catch (error) {
    return error instanceof Skip
      ? { status: "skipped", reason: error.message }
      : { status: "failed", reason: messageOf(error) };
  }
};

export interface Tally {
  cases: number;
  passed: number;
  failed: number;
  waived: number;
  skipped: number;
}

export interface Report {
  readonly groups: Map<string, Tally>;
  readonly failures: { readonly id: string; readonly op: string; readonly reason: string }[];
  /** How many cases each reason skipped. */
  readonly skips: Map<string, number>;
  readonly waived: { readonly id: string; readonly reason: string }[];
  /** Waivers of cases that pass by now. */
  readonly needless: string[];
}

export interface RunOptions {
  readonly groups?: ReadonlySet<string> | undefined;
  readonly waivers?: readonly Waiver[] | undefined;
}

const newTally = (): Tally => ({ cases: 0, passed: 0, failed: 0, waived: 0, skipped: 0 });

/** Lets the event loop turn, so that memory of dead tensors can come back. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const casesBetweenBreaths = 100;

/** Runs all cases of a corpus folder. */
export const runCorpus = async (
  library: Library,
  directory: string,
  { groups, waivers = ownWaivers }: RunOptions = {},
): Promise<Report> => {
  const report: Report = { groups: new Map(), failures: [], skips: new Map(), waived: [], needless: [] };
  let done = 0;
  for (const { group, cases } of readCorpus(directory, groups)) {
    const tally = report.groups.get(group) ?? newTally();
    report.groups.set(group, tally);
    for (const golden of cases) {
      tally.cases++;
      record(report, tally, golden, runCase(library, golden), waivers);
      if (++done % casesBetweenBreaths === 0) await breathe();
    }
  }
  if (groups !== undefined) {
    for (const name of groups) if (!report.groups.has(name)) throw new Error(`the corpus has no group ${name}`);
  }
  return report;
};

const record = (
  report: Report,
  tally: Tally,
  { id, op }: GoldenCase,
  result: Result,
  waivers: readonly Waiver[],
): void => {
  const waiver = result.status === "failed" ? waiverFor(id, result.reason, waivers) : undefined;
  if (result.status === "passed") {
    tally.passed++;
    if (waivers.some((candidate) => candidate.id === id)) report.needless.push(id);
  } else if (result.status === "skipped") {
    tally.skipped++;
    report.skips.set(result.reason, (report.skips.get(result.reason) ?? 0) + 1);
  } else if (waiver !== undefined) {
    tally.waived++;
    report.waived.push({ id, reason: waiver.reason });
  } else {
    tally.failed++;
    report.failures.push({ id, op, reason: result.reason });
  }
};

/** All groups together. */
export const totalOf = ({ groups }: Report): Tally => {
  const total = newTally();
  for (const tally of groups.values())
    for (const key of Object.keys(total) as (keyof Tally)[]) total[key] += tally[key];
  return total;
};
