import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { autograd, cat, manualSeed, noGrad, randn, slice, type Tensor } from "../../src/index.js";

/** One step of a program: an op on values made so far, by number. All values stay 3 × 4, so that any op fits any value. */
interface Step {
  readonly op: keyof typeof ops;
  readonly a: number;
  readonly b: number;
}

const ops = {
  add: (a: Tensor, b: Tensor) => a.add(b),
  sub: (a: Tensor, b: Tensor) => a.sub(b.mul(0.5)),
  mul: (a: Tensor, b: Tensor) => a.mul(b).mul(0.5),
  divBySquare: (a: Tensor, b: Tensor) => a.div(b.square().add(1)),
  tanh: (a: Tensor) => a.tanh(),
  sin: (a: Tensor) => a.sin(),
  sigmoid: (a: Tensor) => a.sigmoid(),
  softmax: (a: Tensor) => a.softmax(1),
  matmul: (a: Tensor, b: Tensor) => a.matmul(b.t()).matmul(a).mul(0.1),
  meanOfRows: (a: Tensor, b: Tensor) => a.sub(b.mean(1, { keepdim: true })),
  sumOfColumns: (a: Tensor, b: Tensor) => a.add(b.sum(0).mul(0.2)),
  throughViews: (a: Tensor) => a.t().reshape(2, 6).t().reshape(3, 4),
  stepped: (a: Tensor, b: Tensor) => cat([a.index(slice(null), slice(null, null, 2)), b.narrow(1, 1, 2)], 1),
  expanded: (a: Tensor, b: Tensor) => a.narrow(0, 1, 1).expand(3, 4).mul(0.5).add(b),
  flipped: (a: Tensor) => a.flip([0]),
  cumsum: (a: Tensor) => a.cumsum(1).mul(0.3),
  inPlace: (a: Tensor, b: Tensor) => a.mul(0.7).add_(b.sin()),
  inPlaceThroughView: (a: Tensor, b: Tensor) => {
    const copy = a.clone();
    copy.select(0, 1).copy_(b.select(0, 2));
    return copy;
  },
} as const;

const names = Object.keys(ops) as (keyof typeof ops)[];

const program = fc.array(fc.record({ op: fc.constantFrom(...names), a: fc.nat(1000), b: fc.nat(1000) }), {
  minLength: 1,
  maxLength: 40,
});

/** Runs the steps on two inputs; the result is the sum of the last values, so that the graph is shared. */
const run = (steps: readonly Step[], x: Tensor, y: Tensor): Tensor => {
  const values = [x, y];
  for (const { op, a, b } of steps)
    values.push(ops[op](values[a % values.length] as Tensor, values[b % values.length] as Tensor));
  return values.slice(-3).reduce((sum, value) => sum.add(value.mul(value).sum()), x.sum().mul(0));
};

/** The program as code, for a person who wants to run it. */
const asCode = (steps: readonly Step[]): string =>
  steps.map(({ op, a, b }, i) => `v${i + 2} = ${op}(v${a % (i + 2)}, v${b % (i + 2)})`).join("; ");

const point = (): Tensor => randn(3, 4, { dtype: "float64" }).requiresGrad_();

const RUNS = Number(process.env.MYTORCH_GRAPH_RUNS ?? 300);

describe("random graphs", () => {
  it(`have the gradients of central differences along random directions, ${RUNS} times`, { timeout: 600_000 }, () => {
    fc.assert(
      fc.property(program, fc.nat(1_000_000), (steps, seed) => {
        manualSeed(seed);
        const [x, y] = [point(), point()];
        const [dx, dy] = autograd.grad(run(steps, x, y), [x, y], { allowUnused: true });
        const [u, v] = [randn(3, 4, { dtype: "float64" }), randn(3, 4, { dtype: "float64" })];
        const at = (h: number): number => noGrad(() => run(steps, x.add(u.mul(h)), y.add(v.mul(h))).item());
        const h = 1e-5;
        // Differences of higher order: the error falls with the fourth power of h.
        const numeric = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
        const exact = (dx?.mul(u).sum().item() ?? 0) + (dy?.mul(v).sum().item() ?? 0);
        const scale = 1 + Math.abs(numeric) + Math.abs(at(0));
        expect(Math.abs(exact - numeric) / scale, asCode(steps)).toBeLessThan(1e-6);
      }),
      { numRuns: RUNS, seed: 1 },
    );
  });
});
