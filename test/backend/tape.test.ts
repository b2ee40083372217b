/** A tape of kernel calls does what the calls do: every kernel, wherever its operands lie when it is played. */
import { describe, expect, it } from "vitest";
import type { Operand, Tape } from "../../src/backend/backend.js";
import { type DType, itemSize } from "../../src/backend/dtype.js";
import { createCpuBackend } from "../../src/backend/wasm/loader.js";
import type { WasmBackend } from "../../src/backend/wasm/wasmBackend.js";
import { threadedCalls } from "./threadedCalls.js";
import { heap, make, sizeOf } from "./twins.js";

const kernels = createCpuBackend(heap, "simd", null, { threads: () => 1 }) as WasmBackend;

const bytesOf = (outputs: readonly Operand[]): Buffer =>
  Buffer.concat(
    outputs.map(({ dtype, address, shape }) => heap.u8.slice(address, address + sizeOf(shape) * itemSize[dtype])),
  );
const spoil = (outputs: readonly Operand[]): void => {
  for (const { address, shape, dtype } of outputs) heap.u8.fill(7, address, address + sizeOf(shape) * itemSize[dtype]);
};
const valuesOf = ({ address, shape }: Operand): number[] => [...heap.view("float32", address, sizeOf(shape))];

const place = (tape: Tape): void => tape.place(heap.alloc(tape.bytes));
const play = (calls: readonly (() => unknown)[] | null): void => {
  if (calls === null) throw new Error("it was not noted");
  for (const call of calls) call();
};
/** An operand that lies in argument `i`, `offset` bytes from its start. */
const inArgument = (tape: Tape, i: number, x: Operand, offset = 0): Operand => ({
  ...x,
  address: tape.argument(i) + offset,
});

/**
 * What a tape does not take: convolutions that save multiplications unless values say otherwise, what has no kernel, and steps of
 * optimizers, whose numbers are others in each.
 */
const hasOtherWays = (name: string, dtype: DType): boolean =>
  name.startsWith("optimizerStep") ||
  (dtype === "float32" ? /(18|19|20) to \d+ channels, .* stride 1/.test(name) : name.startsWith("a step of"));

describe("a tape gives the bits of the calls", () => {
  // With no limit to what is worth sharing, every call that has parts goes to the pool; otherwise the small ones do not.
  const pooled = createCpuBackend(heap, "simd", null, { threads: () => 2, worth: 0 }) as WasmBackend;
  it.each(threadedCalls.map((row) => [row.name, row] as const))("%s", (name, { dtypes, set }) => {
    for (const dtype of dtypes) {
      const [outputs, run] = set(dtype);
      run(kernels);
      const wanted = bytesOf(outputs);
      for (const backend of [kernels, pooled]) {
        const tape = backend.tape();
        // Twice: the second one's constants and temporaries leave those of the first alone.
        const calls = [tape.note(() => run(backend)), tape.note(() => run(backend))];
        const isOpen = hasOtherWays(name, dtype);
        expect(calls[0] === null, `${dtype}: not noted`).toBe(isOpen);
        if (isOpen) continue;
        place(tape);
        for (const each of calls) {
          spoil(outputs);
          play(each);
          expect(bytesOf(outputs).equals(wanted), `${dtype}: the same bits`).toBe(true);
        }
      }
    }
  });
});

describe("a tape", () => {
  it("does nothing when it is noted", () => {
    const out = make("float32", [5], () => 3);
    kernels.tape().note(() => kernels.fill(out, 1));
    expect(valuesOf(out)).toEqual([3, 3, 3, 3, 3]);
  });

  it("finds arguments wherever they lie, also at addresses that are no multiple of a register", () => {
    const out = make("float32", [3, 2]);
    const values = Array.from({ length: 3 }, (_, k) => make("float32", [8], (i) => 10 * k + i));
    const tape = kernels.tape();
    // Turned, so that a temporary copy is made of it.
    const x: Operand = { dtype: "float32", address: 0, shape: [3, 2], strides: [1, 3] };
    const calls = tape.note(() => kernels.binary("add", out, inArgument(tape, 0, x), inArgument(tape, 1, x, 4)));
    place(tape);
    for (const [a, b] of [
      [0, 1],
      [2, 0],
      [2, 1],
    ] as const) {
      tape.bind(0, (values[a] as Operand).address + 4);
      tape.bind(1, (values[b] as Operand).address);
      play(calls);
      const at = [0, 3, 1, 4, 2, 5];
      expect(valuesOf(out)).toEqual(at.map((i) => 10 * a + 10 * b + 2 * (i + 1)));
    }
  });

  it("keeps the numbers of each call", () => {
    const outs = [make("float32", [3]), make("float32", [3]), make("int32", [3])] as const;
    const tape = kernels.tape();
    const calls = [
      tape.note(() => kernels.fill(outs[0], 1.5)),
      tape.note(() => kernels.binary("sub", outs[1], outs[0], 0.25)),
      tape.note(() => kernels.fill(outs[2], -7)),
    ];
    place(tape);
    for (const call of calls) play(call);
    expect([valuesOf(outs[0]), valuesOf(outs[1])]).toEqual([
      [1.5, 1.5, 1.5],
      [1.25, 1.25, 1.25],
    ]);
    expect([...heap.view("int32", outs[2].address, 3)]).toEqual([-7, -7, -7]);
  });

  it("notes nothing of what touches elements in JavaScript", () => {
    const [out, x] = [make("float32", [4]), make("float32", [4], (i) => i / 8)];
    const tape = kernels.tape();
    expect(tape.note(() => kernels.unary("erfinv", out, x))).toBeNull();
    // The first half of this one is a kernel.
    const half = (): void => {
      kernels.fill(out, 2);
      kernels.unary("erfinv", out, x);
    };
    expect(tape.note(half)).toBeNull();
    const calls = tape.note(() => kernels.unary("neg", out, x));
    expect(calls).toHaveLength(1);
    place(tape);
    play(calls);
    expect(valuesOf(out)).toEqual([-0, -0.125, -0.25, -0.375]);
    // What comes after it is done at once again.
    kernels.fill(out, 9);
    expect(valuesOf(out)).toEqual([9, 9, 9, 9]);
  });

  it("takes operands of size 0", () => {
    const empty = make("float32", [0, 3]);
    const tape = kernels.tape();
    const calls = [
      tape.note(() => kernels.binary("add", empty, empty, 1)),
      tape.note(() => kernels.copy(empty, empty)),
      tape.note(() => kernels.unary("exp", empty, empty)),
    ];
    place(tape);
    for (const each of calls) expect(() => play(each)).not.toThrow();
  });

  it("hands on errors that have nothing to do with it", () => {
    const tape = kernels.tape();
    const fail = (): void => {
      throw new RangeError("something else");
    };
    expect(() => tape.note(fail)).toThrow("something else");
    expect(tape.note(() => undefined)).toEqual([]);
  });
});
