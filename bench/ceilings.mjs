// What the engine can do at most on one thread: multiply-adds of 128-bit vectors that stay in registers, with one instruction and with
// two, and bytes copied between blocks that are larger than the caches.
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import asc from "assemblyscript/asc";

const LANES = 4;
const SUMS = 12;
const COPIED = 16 << 20;
/** Arguments, since newer engines build a constant vector anew for each use of it: a quarter of the rate. */
const FACTOR = 0.5;
const TERM = 0.001;

const sums = Array.from({ length: SUMS }, (_, i) => `s${i}`);
const source = (multiplyAdd) => `
export function multiplyAdds(n: i32, factor: f32, term: f32): f32 {
  const a = f32x4.splat(factor), b = f32x4.splat(term);
  let ${sums.map((s, i) => `${s} = f32x4.splat(${i})`).join(", ")};
  do {
    ${sums.map((s) => `${s} = ${multiplyAdd(s)};`).join("\n    ")}
  } while (--n > 0);
  return f32x4.extract_lane(${sums.reduce((all, s) => `f32x4.add(${all}, ${s})`)}, 0);
}
export function copy(to: usize, from: usize, bytes: i32): void {
  for (let i = 0; i < bytes; i += 64) {
    v128.store(to + i, v128.load(from + i));
    v128.store(to + i, v128.load(from + i, 16), 16);
    v128.store(to + i, v128.load(from + i, 32), 32);
    v128.store(to + i, v128.load(from + i, 48), 48);
  }
}`;
const sources = {
  // Each product takes the last sum, so that none can be computed once for all.
  unfused: source((s) => `f32x4.add(f32x4.mul(${s}, a), b)`),
  fused: source((s) => `f32x4.relaxed_madd(${s}, a, b)`),
};

/** Compiles both into a folder. */
export const compileCeilings = async (dir) => {
  for (const [name, text] of Object.entries(sources)) {
    const options = ["main.ts", "-O3", "--runtime", "stub", "--enable", "simd", "--enable", "relaxed-simd"];
    const memory = ["--initialMemory", String((2 * COPIED) / 65536 + 1), "--outFile", "main.wasm"];
    let binary;
    const { error, stderr } = await asc.main([...options, ...memory], {
      readFile: (path) => (path === "main.ts" ? text : null),
      writeFile: (_, contents) => {
        binary = contents;
      },
      listFiles: () => [],
    });
    if (error) throw new Error(`the ceilings do not compile:\n${stderr}`, { cause: error });
    await writeFile(join(dir, `${name}.wasm`), binary);
  }
};

/** The largest of `times` measurements of work per second. */
const best = (times, work, run) => {
  let most = 0;
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    run();
    most = Math.max(most, work / (performance.now() - start) / 1e6);
  }
  return most;
};

/** @returns 10⁹ multiply-adds (of elements) and 10⁹ bytes (read and written) a second; fused is null where the engine has none */
export const measureCeilings = (dir) => {
  const load = (name) => {
    const bytes = readFileSync(join(dir, `${name}.wasm`));
    return WebAssembly.validate(bytes) ? new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports : null;
  };
  const [fused, unfused] = [load("fused"), load("unfused")];
  const rate = (module) => {
    // The optimised code of a function is used from its next call on.
    for (let i = 0; i < 2000; i++) module.multiplyAdds(1e3, FACTOR, TERM);
    return best(20, LANES * SUMS * 1e6, () => module.multiplyAdds(1e6, FACTOR, TERM));
  };
  const copied = () => best(8, 2 * COPIED, () => unfused.copy(65536, 65536 + COPIED, COPIED - 65536));
  // Memory that was never written is one page of zeros, which the caches hold: both blocks are written before any is read.
  unfused.copy(65536 + COPIED, 65536, COPIED - 65536);
  copied();
  return { fused: fused === null ? null : rate(fused), unfused: rate(unfused), copy: copied() };
};
