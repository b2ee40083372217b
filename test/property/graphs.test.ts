/** Random graphs: whatever a program does with shared values, views and changes in place, its gradient is its slope. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { autograd, GradError, noGrad, scope, type Tensor, tensor } from "../../src/index.js";
import { randomFrom } from "../backend/twins.js";
import { codeOf, hasInPlace, type Instruction, leavesOf, type Program, programOf, run } from "./program.js";

/** `npm run test:nightly` takes more of them. */
const runs = Number(process.env["MYTORCH_GRAPH_RUNS"] ?? 300);

const choice = fc.noBias(fc.nat(10_000));
const instruction: fc.Arbitrary<Instruction> = fc.record({ kind: choice, a: choice, b: choice, p: choice });
const programs = fc.tuple(
  fc.array(choice, { minLength: 1, maxLength: 3 }),
  fc.array(instruction, { minLength: 1, maxLength: 40, size: "max" }),
);

/** Σ weight · element over every value that the program made, so that each counts. */
const lossOf = (values: readonly Tensor[]): Tensor =>
  values
    .map((x, v) => {
      const weights = Array.from({ length: x.numel() }, (_, i) => Math.cos(1 + 7 * v + 3 * i));
      return x.mul(tensor(weights, { dtype: "float64", shape: x.shape })).sum();
    })
    .reduce((a, b) => a.add(b));

/** The gradients of all leaves; null where autograd refuses, since a value that it needs was changed in place. */
const gradientsOf = (program: Program): number[][] | null => {
  const leaves = leavesOf(program).map((x) => x.requiresGrad_());
  const loss = lossOf(run(program, leaves));
  try {
    const grads = autograd.grad(loss, leaves, { allowUnused: true });
    return leaves.map((x, i) => [...(grads[i]?.toTypedArray() ?? new Float64Array(x.numel()))]);
  } catch (error) {
    if (error instanceof GradError && hasInPlace(program) && error.message.includes("changed by an in-place op"))
      return null;
    throw error;
  }
};

const slopeAlong = (program: Program, directions: readonly (readonly number[])[], step: number): number => {
  const at = (side: number): number =>
    noGrad(() => lossOf(run(program, leavesOf(program, directions, side * step))).item());
  return (at(1) - at(-1)) / (2 * step);
};

type Verdict = "right" | "refused" | "too steep" | { readonly problem: string };

/** Holds a gradient against differences of several widths: what one rounds away another sees. Where no two agree, none counts. */
const verdictOn = (program: Program): Verdict => {
  const grads = gradientsOf(program);
  if (grads === null) return "refused";
  const draw = randomFrom(11);
  for (let i = 0; i < 2; i++) {
    const directions = grads.map((grad) => grad.map(() => 2 * draw() - 1));
    const products = grads.flatMap((grad, k) => grad.map((g, j) => g * (directions[k]?.[j] ?? 0)));
    const exact = products.reduce((a, b) => a + b, 0);
    const slack = 1e-5 * (1 + products.reduce((a, b) => a + Math.abs(b), 0));
    const slopes: number[] = [];
    const agrees = [1e-5, 1e-6, 1e-4, 1e-7].some((step) => {
      slopes.push(slopeAlong(program, directions, step));
      return Math.abs((slopes.at(-1) as number) - exact) <= slack;
    });
    if (agrees) continue;
    if (!slopes.some((a, j) => slopes.slice(0, j).some((b) => Math.abs(a - b) <= 10 * slack))) return "too steep";
    return { problem: `along a random direction the gradient is ${exact}, differences give ${slopes.join(", ")}` };
  }
  return "right";
};

/** Lets the event loop turn, so that what nobody reaches any more is collected. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it(`${runs} random programs have the gradient that central differences give`, {
  timeout: 60_000 + 100 * runs,
}, async () => {
  const count = { right: 0, refused: 0, "too steep": 0 };
  const seed = process.env["MYTORCH_GRAPH_SEED"];
  const outcome = await fc.check(
    fc.asyncProperty(programs, async ([shapes, instructions]) => {
      await breathe();
      const verdict = scope(() => verdictOn(programOf(shapes, instructions)));
      if (typeof verdict === "object") throw new Error(verdict.problem);
      count[verdict]++;
    }),
    { numRuns: runs, ...(seed !== undefined && { seed: Number(seed) }) },
  );
  if (outcome.failed) {
    const [shapes, instructions] = outcome.counterexample?.[0] ?? [[], []];
    const reason = outcome.errorInstance instanceof Error ? outcome.errorInstance.message : "";
    expect.fail(`${reason}\n${codeOf(programOf(shapes, instructions))}\nseed: MYTORCH_GRAPH_SEED=${outcome.seed}`);
  }
  expect(count.refused, "programs that autograd refuses").toBeLessThan(runs / 4);
  expect(count["too steep"], "programs too steep for differences").toBeLessThan(runs / 20);
});
