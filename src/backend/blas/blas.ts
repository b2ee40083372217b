import { loadKoffi } from "./koffi.js";
import { findLibrary, type Library, openLibrary } from "./library.js";

/** Raised when a BLAS was asked for by name and cannot be used; one that was only looked for is done without, silently. */
export class BlasError extends Error {
  /** What was asked for. */
  readonly path: string;
  constructor(path: string, reason: string) {
    super(
      `BLAS: ${path} cannot be used\n  reason  ${reason}\n  hint    MYTORCH_BLAS, --blas and setBlas() take "auto", "off", or the path of a library with CBLAS functions`,
    );
    this.name = "BlasError";
    this.path = path;
  }
}

/** Which BLAS multiplies large matrices, and why. */
export interface BlasInfo {
  /** OpenBLAS, BLIS, MKL, Accelerate or BLAS; null where there is none. */
  readonly kind: string | null;
  readonly path: string | null;
  readonly version: string | null;
  /** What decided: the search, a name that was given, or what is missing. */
  readonly reason: string;
}

/** "auto", "off", or the path of a library. */
type Choice = "auto" | "off" | (string & {});

interface Opened {
  readonly library: Library | null;
  readonly reason: string;
}

let choice: Choice | null = null;
/** Null until the first product that is large enough: looking costs some 10 ms, and many programs never need it. */
let opened: Opened | null = null;

/** An empty variable is none. */
const environment = (): string | undefined => {
  const value = typeof process === "object" ? process.env?.["MYTORCH_BLAS"] : undefined;
  return value === "" ? undefined : value;
};

const open = (wanted: Choice, source: string): Opened => {
  if (wanted === "off") return { library: null, reason: `turned off by ${source}` };
  const koffi = loadKoffi(import.meta.url);
  const isNamed = wanted !== "auto";
  const found = typeof koffi === "string" ? koffi : isNamed ? openLibrary(koffi, wanted) : findLibrary(koffi);
  if (typeof found !== "string") {
    return { library: found, reason: isNamed ? `named by ${source}` : "found on this system" };
  }
  if (isNamed) throw new BlasError(wanted, found);
  return { library: null, reason: found };
};

const current = (): Opened => {
  if (opened !== null) return opened;
  opened = choice === null ? open(environment() ?? "auto", "MYTORCH_BLAS") : open(choice, "setBlas()");
  return opened;
};

/**
 * The BLAS in use, opened when first asked for.
 *
 * @throws BlasError when MYTORCH_BLAS names a library that cannot be used
 */
export const blasLibrary = (): Library | null => (opened ?? current()).library;

/**
 * Chooses the BLAS that large matrix products use from here on: "auto" takes the system's best where there is one (the default),
 * "off" stays in WebAssembly, and a path takes that library. MYTORCH_BLAS does the same from outside; this call wins over it.
 *
 * Results agree with WebAssembly's to rounding, not to the bit.
 *
 * @throws BlasError when a library is named and cannot be used; what was chosen before stays
 */
export const setBlas = (to: Choice): void => {
  opened = open(to, "setBlas()");
  choice = to;
};

/** Which BLAS is in use, and why, or why none: opens it to know. Never throws. */
export const blasInfo = (): BlasInfo => {
  try {
    const { library, reason } = current();
    return {
      kind: library?.kind ?? null,
      path: library?.path ?? null,
      version: library?.version ?? null,
      reason,
    };
  } catch (error) {
    return { kind: null, path: null, version: null, reason: error instanceof Error ? error.message : String(error) };
  }
};
