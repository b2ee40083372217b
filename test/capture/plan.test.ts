import { describe, expect, it } from "vitest";
import { planMemory } from "../../src/capture/plan.js";
import type { Entry, Ref } from "../../src/capture/trace.js";
import { Tracer } from "../../src/capture/tracer.js";
import { noGrad, rand, type Tensor } from "../../src/index.js";

/** The names of a step's elementwise kernels, each with whether it writes over an input of its own. */
const plannedIn = (step: (x: Tensor) => unknown, x = rand(6, 6)): Record<string, boolean> => {
  const { trace } = new Tracer([x], true).run(() => noGrad(() => step(x)));
  const { offsets } = planMemory(trace.blocks, trace.entries);
  const isElementwise = (entry: Entry): entry is Entry & { kind: "kernel" } =>
    entry.kind === "kernel" && ["unary", "binary"].includes(entry.name);
  return Object.fromEntries(
    trace.entries.filter(isElementwise).map(({ args }) => {
      const [name, out, ...inputs] = args as [string, Ref, ...Ref[]];
      const at = offsets.get(out.block);
      return [name, inputs.some(({ block }) => block !== undefined && offsets.get(block) === at)];
    }),
  );
};

describe("an elementwise kernel writes over its first input", () => {
  it("where nobody needs that afterwards, one after the other", () => {
    expect(plannedIn((x) => x.matmul(x).relu().mul(2).exp().sum())).toEqual({ relu: true, mul: true, exp: true });
    expect(plannedIn((x) => x.matmul(x).add(x).sum())).toEqual({ add: true });
  });

  it("and not where that is an argument or a result, or is read later", () => {
    expect(plannedIn((x) => x.relu().sum())).toEqual({ relu: false });
    expect(
      plannedIn((x) => {
        const product = x.matmul(x);
        return [product, product.relu().sum()];
      }),
    ).toEqual({ relu: false });
    expect(
      plannedIn((x) => {
        const product = x.matmul(x);
        return product.relu().matmul(product).sum();
      }),
    ).toEqual({ relu: false });
  });

  it("and not where it is read in another order as well, or is larger", () => {
    expect(
      plannedIn((x) => {
        const product = x.matmul(x);
        return product.add(product.t()).sum();
      }),
    ).toEqual({ add: false });
    expect(plannedIn((x) => x.matmul(x).narrow(0, 0, 3).exp().sum())).toEqual({ exp: false });
    expect(plannedIn((x) => x.matmul(x).t().exp().sum())).toEqual({ exp: false });
  });
});
