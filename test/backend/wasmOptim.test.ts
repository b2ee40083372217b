import { describe, expect, it } from "vitest";
import type { Backend, Operand } from "../../src/backend/backend.js";
import { optimizerSteps } from "./optimizerSteps.js";
import { builds, expectSame, free, heap, make, randomFrom, reference, tailSizes } from "./twins.js";

/** Sizes of parameters: none, less than a register, a tile and around it, several tiles. */
const sizes = [...tailSizes, 0, 200, 64, 1];

describe.each(builds.map((backend) => [backend.name, backend] as const))("optimizers, %s", (_, backend) => {
  const tensorsOf = (dtype: "float32" | "float64", states: number, gap = 1) => {
    const random = randomFrom(3);
    // Of both signs; the states of squares and sizes above 0.
    const any = (n: number): Operand => make(dtype, [n], () => random() * 4 - 2, [gap]);
    const above = (n: number): Operand => make(dtype, [n], () => 0.1 + random(), [gap]);
    return sizes.map((n) => ({
      param: any(n),
      grad: any(n),
      states: Array.from({ length: states }, (_unused, k) => (k === 0 ? any(n) : above(n))),
    }));
  };
  type Tensors = ReturnType<typeof tensorsOf>;
  const give = (tensors: Tensors): void => {
    for (const { param, grad, states } of tensors) free(param, grad, ...states);
  };

  it.each(optimizerSteps)("%s, %i states: all at once to the bit as one by one: %j", (op, count, scalars) => {
    for (const dtype of ["float32", "float64"] as const) {
      const [together, apart] = [tensorsOf(dtype, count), tensorsOf(dtype, count)];
      const step = (k: Backend, tensors: Tensors): void => {
        const list = <T>(part: (x: Tensors[number]) => T): T[] => tensors.map(part);
        k.optimizerStep(
          op,
          list((x) => x.param),
          list((x) => x.grad),
          list((x) => x.states),
          scalars,
        );
      };
      const held = heap.blocks;
      step(backend, together);
      expect(heap.blocks, "temporaries that were not given back").toBe(held);
      for (const one of apart) step(backend, [one]);
      together.forEach(({ param, states }, i) => {
        expectSame(param, apart[i]?.param as Operand, `parameter ${i}`);
        states.forEach((state, k) => {
          expectSame(state, apart[i]?.states[k] as Operand, `state ${k} of parameter ${i}`);
        });
      });
      give(together);
      give(apart);
    }
  });

  it.each(optimizerSteps)("%s, %i states, steps as its definition says: %j", (op, count, scalars) => {
    for (const dtype of ["float32", "float64"] as const) {
      const slack = dtype === "float32" ? 4e-6 : 1e-14;
      const run = (k: Backend): Tensors => {
        const tensors = tensorsOf(dtype, count);
        // The first may be an average of squares: above 0, and above what the square of an average can be.
        for (const { states } of tensors) {
          const first = states[0];
          if (first !== undefined) k.unary("abs", first, first);
          if (first !== undefined && op === "rmsprop") k.binary("add", first, first, 9);
        }
        for (const { param, grad, states } of tensors) k.optimizerStep(op, [param], [grad], [states], scalars);
        return tensors;
      };
      const [fast, plain] = [run(backend), run(reference)];
      fast.forEach(({ param, states }, i) => {
        expectSame(param, plain[i]?.param as Operand, `${dtype} parameter ${i}`, 8, slack);
        states.forEach((state, k) => {
          expectSame(state, plain[i]?.states[k] as Operand, `${dtype} state ${k} of parameter ${i}`, 8, slack);
        });
      });
      give(fast);
      give(plain);
    }
  });
});
