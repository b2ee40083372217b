// Puts src/backend/wasm/worker.ts and what it imports into one script, and that as text into src/backend/wasm/generated/worker.ts.
import { mkdir, rename, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const folder = fileURLToPath(new URL("../src/backend/wasm/", import.meta.url));
const bundle = await rolldown({ input: `${folder}worker.ts` });
const { output } = await bundle.generate({ format: "iife", minify: true });
await bundle.close();

const file = `${folder}generated/worker.ts`;
// Renamed into place, so that nobody ever reads half a file.
const draft = `${file}.${process.pid}`;
await mkdir(`${folder}generated`, { recursive: true });
await writeFile(
  draft,
  `// Made by scripts/buildWorker.mjs from worker.ts. Not to be edited.\nexport const source: string = ${JSON.stringify(output[0].code)};\n`,
);
await rename(draft, file);
