/** A tape of kernel calls does what the calls do: every kernel, wherever its operands lie when it is played. */
import { describe, expect, it } from "vitest";
import type { Operand } from "../../src/backend/backend.js";
import { type DType, itemSize } from "../../src/backend/dtype.js";
import type { Tape } from "../../src/backend/tape.js";
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
  (dtype === "float32" ? /(18|19|20|40) to \d+ channels, .* stride 1/.test(name) : name.startsWith("a step of"));

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

describe("a chain of elementwise calls, run tile by tile,", () => {
  const n = 40_003;
  const threaded = createCpuBackend(heap, "simd", null, { threads: () => 3, worth: 0 }) as WasmBackend;
  const values = (dtype: DType, seed: number): Operand =>
    make(dtype, [n + 8], (i) => ((i * 37 + seed * 11) % 101) / 8 - 6);
  /** n elements of a longer operand, from `first` on. */
  const part = (x: Operand, first = 0, shape: readonly number[] = [n]): Operand => ({
    dtype: x.dtype,
    address: x.address + first * itemSize[x.dtype],
    shape,
    strides: shape.map(() => 1),
  });

  /** Plays calls as chains on one thread and on several. @returns the steps that are left of them */
  const stepsWithTheSameBits = (
    set: (dtype: DType) => { outputs: readonly Operand[]; calls: readonly ((k: WasmBackend) => void)[] },
    dtype: DType = "float32",
  ): number => {
    const plain = set(dtype);
    for (const call of plain.calls) call(kernels);
    const wanted = bytesOf(plain.outputs);
    let left = 0;
    for (const backend of [kernels, threaded]) {
      const { outputs, calls } = set(dtype);
      const tape = backend.tape();
      const steps = tape.chained(calls.flatMap((call) => tape.note(() => call(backend)) ?? []));
      place(tape);
      play(steps);
      expect(bytesOf(outputs).equals(wanted), "the same bits").toBe(true);
      left = steps.length;
    }
    return left;
  };

  it.each(["float32", "float64"] as const)("gives the bits of the calls, for %s", (dtype) => {
    const left = stepsWithTheSameBits((type) => {
      const [a, b, c, out, one] = [
        values(type, 1),
        values(type, 2),
        values(type, 3),
        values(type, 4),
        make(type, [], () => 0.3),
      ];
      const [x, y, z, o] = [part(a), part(b, 3), part(c), part(out, 1)] as const;
      return {
        outputs: [a, b, c, out],
        calls: [
          (k) => k.binary("mul", z, x, y),
          (k) => k.binary("add", z, z, 0.5),
          (k) => k.unary("sigmoid", o, z),
          (k) => k.binary("mul", o, o, one),
          (k) => k.binary("reluBackward", z, o, x),
          (k) => k.binary("sub", x, 1, z),
          (k) => k.fill(y, 7),
          (k) => k.binary("maximum", o, o, y),
        ],
      };
    }, dtype);
    expect(left).toBe(1);
  });

  it("finds operands that move", () => {
    const [a, b, out] = [values("float32", 1), values("float32", 2), values("float32", 3)];
    const tape = threaded.tape();
    const x = inArgument(tape, 0, part(a));
    const steps = tape.chained([
      ...(tape.note(() => threaded.binary("add", part(out), x, 1)) ?? []),
      ...(tape.note(() => threaded.binary("mul", part(out), part(out), x)) ?? []),
    ]);
    expect(steps).toHaveLength(1);
    place(tape);
    for (const from of [a, b, part(a, 5)]) {
      tape.bind(0, from.address);
      play(steps);
      const [given, got] = [heap.view("float32", from.address, n), heap.view("float32", out.address, n)];
      expect(
        got.every((value, i) => value === Math.fround(Math.fround((given[i] as number) + 1) * (given[i] as number))),
      ).toBe(true);
    }
  });

  it("leaves apart what would read or write another's element too early or too late", () => {
    const apart = (calls: (a: Operand, b: Operand, c: Operand) => readonly ((k: WasmBackend) => void)[]): number =>
      stepsWithTheSameBits((type) => {
        const [a, b, c] = [values(type, 1), values(type, 2), values(type, 3)] as const;
        return { outputs: [a, b, c], calls: calls(a, b, c) };
      });
    // The second reads an element that the first writes a moment later.
    expect(
      apart((a, b, c) => [(k) => k.unary("exp", part(b), part(a)), (k) => k.unary("neg", part(c), part(b, 1))]),
    ).toBe(2);
    // The second writes an element that the first has yet to read.
    expect(
      apart((a, b, c) => [(k) => k.unary("exp", part(b), part(a, 1)), (k) => k.unary("neg", part(a), part(c))]),
    ).toBe(2);
    // Both write one element.
    expect(
      apart((a, b, c) => [(k) => k.unary("exp", part(b), part(a)), (k) => k.unary("neg", part(b, 2), part(c))]),
    ).toBe(2);
    // The second takes one element of what the first writes for all of its own.
    expect(
      apart((a, b, c) => [
        (k) => k.unary("exp", part(b), part(a)),
        (k) => k.binary("mul", part(c), part(a), part(b, 30_000, [])),
      ]),
    ).toBe(2);
    // Others are of another length, or too short to gain.
    expect(
      apart((a, b, c) => [
        (k) => k.unary("neg", part(b), part(a)),
        (k) => k.unary("neg", part(c, 0, [n - 1]), part(b, 0, [n - 1])),
      ]),
    ).toBe(2);
    expect(
      apart((a, b, c) => [
        (k) => k.unary("neg", part(b, 0, [100]), part(a, 0, [100])),
        (k) => k.unary("neg", part(c, 0, [100]), part(b, 0, [100])),
      ]),
    ).toBe(2);
  });
});
