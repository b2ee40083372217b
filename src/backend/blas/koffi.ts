/** What of koffi is used here: it calls functions of C libraries. Its own types would be needed by whoever installs the types of this package. */
export interface Koffi {
  load(path: string): ForeignLibrary;
  /** Where a typed array's elements lie in the process. */
  address(array: ArrayBufferView): bigint;
}

export interface ForeignLibrary {
  /** @throws Error when the library has no such symbol */
  func(name: string, result: string, parameters: readonly string[]): (...args: number[]) => unknown;
}

/** What is used of Node's modules, so that the types of this package need none of Node's. */
interface NodeModules {
  readonly "node:module": { createRequire(from: string): (name: string) => unknown };
  readonly "node:fs": { readFileSync(path: string, encoding: "utf8"): string };
}

/** A module of Node without an import, which bundlers for browsers would follow; undefined there, and before Node 20.16. */
export const nodeModule = <Name extends keyof NodeModules>(name: Name): NodeModules[Name] | undefined =>
  typeof process === "object" ? (process.getBuiltinModule?.(name) as NodeModules[Name] | undefined) : undefined;

/**
 * @param from the URL of a file of this package, beside which koffi is installed: a worker, which runs text, has no other way to know
 * @returns koffi, or why it is not there
 */
export const loadKoffi = (from: string): Koffi | string => {
  const module = nodeModule("node:module");
  if (module === undefined) return "BLAS needs Node 20.16 or newer";
  try {
    return module.createRequire(from)("koffi") as Koffi;
  } catch (error) {
    const isAbsent = error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND";
    return isAbsent
      ? "the package koffi is not installed (npm install koffi)"
      : `the package koffi does not load (${String(error)})`;
  }
};
