import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type Case, runCase } from "./golden/adapter.js";
import { Unsupported } from "./golden/values.js";
import { waivers } from "./golden/waivers.js";

const folder = new URL("golden/corpus/", import.meta.url);

/** Cases that must pass at least, by file; what the library does not have is skipped and shrinks as it grows. */
const floor: Readonly<Record<string, number>> = {};

for (const file of readdirSync(folder).filter((name) => !name.startsWith("index."))) {
  const { cases } = JSON.parse(gunzipSync(readFileSync(new URL(file, folder))).toString()) as { cases: Case[] };
  describe(`PyTorch's answers in ${file}`, () => {
    it("are the library's, wherever it has the op", () => {
      const failures: string[] = [];
      const skipped = new Map<string, number>();
      let passed = 0;
      for (const c of cases) {
        try {
          const wrong = runCase(c);
          if (wrong === null) passed++;
          else if (!waivers.some(({ id }) => id.test(c.id))) failures.push(`${c.id}: ${wrong}`);
        } catch (error) {
          if (error instanceof Unsupported) skipped.set(error.message, (skipped.get(error.message) ?? 0) + 1);
          else failures.push(`${c.id}: threw ${error instanceof Error ? error.stack?.slice(0, 300) : String(error)}`);
        }
      }
      console.log(
        `${file}: ${passed} passed, ${failures.length} failed, skipped: ${[...skipped].map(([name, n]) => `${name} ${n}`).join(", ") || "none"}`,
      );
      expect(failures).toEqual([]);
      expect(passed).toBeGreaterThanOrEqual(floor[file] ?? 0);
    });
  });
}
