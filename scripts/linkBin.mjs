// npm links the commands of dependencies, not of the package itself: this makes `npx mytorch` work in a clone.
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = `${root}node_modules/.bin`;
chmodSync(`${root}dist/cli/main.js`, 0o755);
if (process.platform !== "win32" && existsSync(`${root}node_modules`)) {
  mkdirSync(bin, { recursive: true });
  rmSync(`${bin}/mytorch`, { force: true });
  symlinkSync("../../dist/cli/main.js", `${bin}/mytorch`);
}
