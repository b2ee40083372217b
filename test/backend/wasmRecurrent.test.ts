import { describe, expect, it } from "vitest";
import { cellCalls } from "./cellCalls.js";
import { builds, corners, expectSame, free, heap, randomFrom, reference, tailSizes } from "./twins.js";

describe.each(builds.map((backend) => [backend.name, backend] as const))("recurrent cells, %s", (_, backend) => {
  it.each(["lstm", "gru", "rnnTanh", "rnnRelu"] as const)("agree with the plain kernels for all tails: %s", (op) => {
    for (const H of tailSizes.filter((n) => n > 0)) {
      const run = (k: typeof reference) => {
        const random = randomFrom(H);
        const calls = cellCalls(op, "float32", 1 + (H % 4), H, () => random() * 6 - 3);
        const held = heap.blocks;
        calls.forward(k);
        calls.backward(k);
        expect(heap.blocks, "temporaries that were not given back").toBe(held);
        return calls;
      };
      const [fast, plain] = [run(backend), run(reference)];
      fast.outputs.forEach((out, i) => {
        expectSame(out, plain.outputs[i] as typeof out, `output ${i}, H=${H}`, 64, 2e-6);
      });
      free(...fast.outputs, ...plain.outputs, ...fast.inputs, ...plain.inputs);
    }
  });

  it.each(["lstm", "gru", "rnnTanh", "rnnRelu"] as const)("keep NaN and infinity where the plain ones do: %s", (op) => {
    const run = (k: typeof reference) => {
      let i = 0;
      // 31 numbers and 30 columns: every corner meets every other.
      const calls = cellCalls(op, "float32", 31, corners.length, () => corners[i++ % corners.length] as number);
      calls.forward(k);
      return calls;
    };
    const [fast, plain] = [run(backend), run(reference)];
    fast.outputs.slice(0, op === "lstm" ? 5 : 3).forEach((out, i) => {
      expectSame(out, plain.outputs[i] as typeof out, `output ${i}`, 64, 2e-6);
    });
    free(...fast.outputs, ...plain.outputs, ...fast.inputs, ...plain.inputs);
  });
});
