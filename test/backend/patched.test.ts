/** A build of the kernels is shipped as what it adds to another one. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { patched } from "../../src/backend/wasm/patched.js";

type Differences = (base: Uint8Array, bytes: Uint8Array) => Uint8Array;
const script = new URL("../../scripts/differences.mjs", import.meta.url).href;
const { differences } = (await import(script)) as { differences: Differences };

const stretch = fc.uint8Array({ maxLength: 300 });

describe("a patch", () => {
  it("gives back any bytes, whatever they are made from", () => {
    fc.assert(
      fc.property(fc.array(stretch), fc.array(fc.tuple(fc.nat(9), stretch), { maxLength: 9 }), (parts, changes) => {
        const base = Uint8Array.from(parts.flatMap((part) => [...part]));
        // Stretches of the base, in any order, with others between them.
        const bytes = Uint8Array.from(changes.flatMap(([i, fresh]) => [...(parts[i] ?? []), ...fresh]));
        expect(patched(base, differences(base, bytes))).toEqual(bytes);
      }),
    );
  });

  it("writes what is there already as its place", () => {
    const base = Uint8Array.from({ length: 100_000 }, (_, i) => (i * i) >> 7);
    const bytes = Uint8Array.from([...base.subarray(50_000), 1, 2, 3, ...base.subarray(0, 60_000)]);
    const patch = differences(base, bytes);
    expect(patch.length).toBeLessThan(100);
    expect(patched(base, patch)).toEqual(bytes);
  });
});
