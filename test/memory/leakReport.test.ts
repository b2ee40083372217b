import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { leakReport, nn, rand, type Tensor, ValueError } from "../../src/index.js";

// As with --expose-gc: a collector that is only asked has its own pace, and a busy machine's is slower than a report waits.
const before = globalThis.gc;
beforeAll(() => {
  setFlagsFromString("--expose-gc");
  globalThis.gc = runInNewContext("gc") as NodeJS.GCFunction;
});
afterAll(() => {
  globalThis.gc = before;
});

describe("a leak report", () => {
  it("names what is alive and the line that made it, the largest first", async () => {
    const kept: Tensor[] = [];
    const layer = new nn.Linear(8, 4);
    const { leaks } = await leakReport(() => {
      for (let i = 0; i < 3; i++) {
        rand(100);
        const y = layer.forward(rand(10, 8)).detach();
        kept.push(y);
      }
      kept.push(rand(7).mul(2));
    });
    expect(leaks.map(({ call, shape, dtype, count, bytes }) => ({ call, shape, dtype, count, bytes }))).toEqual([
      { call: "Linear.forward", shape: [10, 4], dtype: "float32", count: 3, bytes: 480 },
      { call: "Tensor.mul", shape: [7], dtype: "float32", count: 1, bytes: 28 },
    ]);
    const here = /leakReport\.test\.ts:(\d+):\d+$/;
    const lines = leaks.map(({ where }) => Number(here.exec(where)?.[1]));
    expect(lines).toEqual([23, 26]);
    expect(kept).toHaveLength(4);
  });

  it("finds nothing where everything could go, save what backward() leaves readable", async () => {
    const w = rand(4, { requiresGrad: true });
    const report = await leakReport(async () => {
      for (let i = 0; i < 3; i++) w.mul(rand(4)).sum().backward();
      await Promise.resolve();
      w.sum().backward();
    });
    expect(report.leaks.map(({ call, shape }) => [call, shape])).toEqual([
      ["Tensor.backward", [4]],
      ["Tensor.sum", []],
    ]);
    const nothing = await leakReport(() => rand(10).add(1));
    expect(nothing.leaks).toEqual([]);
    expect(String(nothing)).toBe("no tensor that was made here is alive");
  });

  it("is a table as text", async () => {
    const kept: Tensor[] = [];
    const report = await leakReport(() => kept.push(rand(512, 1024)));
    expect(String(report)).toMatch(
      /^made here and alive:\n {2}1 × {2}float32 \[512, 1024\] {2}2\.00 MB {2}rand at .*:\d+:\d+$/,
    );
  });

  it("passes on what the function throws, and is ready for the next", async () => {
    const failing = leakReport(async () => {
      await expect(leakReport(() => undefined)).rejects.toThrow(ValueError);
      throw new Error("mine");
    });
    await expect(failing).rejects.toThrow("mine");
    expect((await leakReport(() => undefined)).leaks).toEqual([]);
  });
});
