import { compare, type Outcome } from "../compare.js";
import type { Library } from "../library.js";
import { type GoldenCase, type Json, numberOf, objectOf } from "../values.js";

/** What is wrong with a case, in words; null when nothing is. Runners throw Skip for what the library does not have. */
export type Verdict = string | null;
export type KindRunner = (library: Library, golden: GoldenCase) => Verdict;

export interface Tolerance {
  readonly rtol: number;
  readonly out: number;
  readonly grad: number;
}

export const toleranceOf = (golden: GoldenCase): Tolerance => {
  const { rtol = 1e-5, out = 1e-6, grad = out } = objectOf(golden.tol);
  return { rtol: numberOf(rtol), out: numberOf(out), grad: numberOf(grad) };
};

/** The first difference among named values. */
export const compareNamed = (
  expected: Json | undefined,
  actual: (name: string) => Outcome,
  { rtol, out }: { rtol: number; out: number },
  label: string,
): Verdict => {
  for (const [name, value] of Object.entries(objectOf(expected))) {
    const difference = compare(value, actual(name), rtol, out, `${label} ${name}`);
    if (difference !== null) return difference;
  }
  return null;
};

/** Runs the checks one after the other, up to the first that finds something. */
export const firstOf = (...checks: readonly (() => Verdict)[]): Verdict => {
  for (const check of checks) {
    const verdict = check();
    if (verdict !== null) return verdict;
  }
  return null;
};

/** The error as a failing case reports it. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? `threw ${error.name}: ${error.message.split("\n", 1)[0]}` : `threw ${String(error)}`;

/** Whether an error is one that the library throws on purpose, and says something. */
export const errorProblem = (library: Library, error: unknown): Verdict => {
  const base = library.MytorchError;
  if (typeof base !== "function" || !(error instanceof base)) return `an untyped error: ${messageOf(error)}`;
  const { message } = error as Error;
  if (message.length < 15 || /undefined|\[object|NaN(?= |$)/.test(message)) return `an unreadable error: ${message}`;
  return null;
};
