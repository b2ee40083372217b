// Puts the command and all it needs of the library into a few files. Loading some 250 modules one by one takes Node about
// 200 ms, and these 50 ms; the library itself stays as it is, for bundlers to take what they need.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const folder = fileURLToPath(new URL("../dist/cli/", import.meta.url));
const bundle = await rolldown({
  input: `${folder}main.js`,
  platform: "node",
  external: (id) => !/^(\.|\/|[A-Za-z]:)/.test(id),
});
const { output } = await bundle.generate({ format: "esm", entryFileNames: "main.js", chunkFileNames: "[name].js" });
await bundle.close();
await rm(folder, { recursive: true });
await mkdir(folder);
for (const file of output)
  await writeFile(join(folder, file.fileName), file.type === "chunk" ? file.code : file.source);
