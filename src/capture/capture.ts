import { releaseWalked } from "../autograd/backward.js";
import { isGradEnabled } from "../autograd/mode.js";
import type { Backend } from "../backend/backend.js";
import { backend } from "../backend/current.js";
import type { CaptureError } from "../tensor/errors.js";
import { structure as libraryStructure, recorder } from "../tensor/recorder.js";
import { sameShape } from "../tensor/shape.js";
import type { Storage } from "../tensor/storage.js";
import type { Tensor } from "../tensor/tensor.js";
import { Program } from "./program.js";
import { matches, rebuild, type Structure, structureOf } from "./structure.js";
import { type Block, difference, type LeafRef, type Trace } from "./trace.js";
import { type Conditions, isWhole, Tracer } from "./tracer.js";

export interface CaptureOptions {
  /** What to do with a step that cannot be captured: throw, or warn once and run it as it is. Default "error". */
  fallback?: "error" | "eager" | undefined;
}

/** How many recordings a captured function keeps, the last used ones. */
const MAX_PROGRAMS = 8;
/** How many runs may differ from the one before until a step counts as one that cannot be captured. */
const MAX_TRIES = 3;

/**
 * A function that does what `fn` does, by replaying what `fn` did: the same kernels on other numbers, without running its
 * JavaScript. The results are the same to the bit.
 *
 * The first two calls run `fn` and record it; if both did the same, further calls replay. Other shapes, dtypes, plain arguments,
 * train or eval mode, or parameters that want gradients are recorded apart. Optimizers, learning rates, step counts and random draws
 * work as ever. Results are copies without a graph. What depends on values in other ways cannot be captured: see docs/capture.md.
 *
 * @param fn a synchronous step; its arguments and its result are tensors and plain values, in arrays and plain objects
 * @throws CaptureError for a step that cannot be captured, unless `fallback` is "eager"
 * @source torch.cuda.make_graphed_callables, torch.compile (other means to this end)
 * @example
 * const step = capture((x, y) => {
 *   const loss = lossFn.forward(model.forward(x), y);
 *   optimizer.zeroGrad();
 *   loss.backward();
 *   optimizer.step();
 *   return loss;
 * });
 */
export const capture = <A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  { fallback = "error" }: CaptureOptions = {},
): ((...args: A) => R) => {
  const captured = new Captured(fn as (...args: readonly unknown[]) => unknown, fallback === "error");
  return (...args: A) => captured.call(args) as R;
};

/** One recording, and when it may be used. */
interface Recording {
  readonly signature: Signature;
  readonly trace: Trace;
  readonly program: Program | null;
  readonly tries: number;
}

class Captured {
  readonly #fn: (...args: readonly unknown[]) => unknown;
  readonly #throws: boolean;
  #recordings: Recording[] = [];
  #isEager = false;

  constructor(fn: (...args: readonly unknown[]) => unknown, throws: boolean) {
    this.#fn = fn;
    this.#throws = throws;
  }

  call(args: readonly unknown[]): unknown {
    if (this.#isEager) return this.#fn(...args);
    if (recorder !== null) {
      recorder.refuses(
        "capture",
        "a captured function is called in a step that is recorded",
        "capture the outer one only",
      );
      return this.#fn(...args);
    }
    for (let i = 0; i < this.#recordings.length; i++) {
      const recording = this.#recordings[i] as Recording;
      const tensors: Tensor[] = [];
      if (!recording.signature.fits(args, tensors)) continue;
      if (recording.program === null) return this.#record(args, recording);
      if (i > 0) {
        this.#recordings.splice(i, 1);
        this.#recordings.unshift(recording);
      }
      return recording.program.run(tensors);
    }
    return this.#record(args, null);
  }

  /** Runs the step and notes what it does; with an earlier run that did the same it becomes a program. */
  #record(args: readonly unknown[], earlier: Recording | null): unknown {
    const tensors: Tensor[] = [];
    const structure = structureOf(args, tensors);
    const tracer = new Tracer(tensors, this.#throws);
    const inner = tensors.find(({ edge }) => edge !== null);
    if (inner !== undefined)
      tracer.refuses(
        "capture",
        `an argument is an inner result of a graph, of ${inner.gradFn}`,
        "give it detached: x.detach()",
      );
    const { returned, trace } = tracer.run(() => this.#fn(...args));
    if (tracer.refusal !== null) return this.#goEager(tracer.refusal, returned);
    const result = withoutGraph(returned);
    releaseWalked();
    const signature = new Signature(structure, tensors, tracer, trace.blocks);
    if (earlier !== null) this.#recordings.splice(this.#recordings.indexOf(earlier), 1);
    const parting = earlier === null ? null : difference(earlier.trace, trace);
    const tries = parting === null ? 1 : (earlier as Recording).tries + 1;
    if (parting !== null && tries >= MAX_TRIES) {
      tracer.refuses(
        "capture",
        `the step does not do the same each time: ${parting.what}`,
        "pass what changes as an argument: tensors are taken as they are, another plain value is recorded apart",
        parting.at,
      );
    }
    if (tracer.refusal !== null) return this.#goEager(tracer.refusal, result);
    const program = earlier !== null && parting === null ? new Program(trace) : null;
    this.#recordings.unshift({ signature, trace, program, tries });
    this.#recordings.length = Math.min(this.#recordings.length, MAX_PROGRAMS);
    return result;
  }

  #goEager<T>({ message }: CaptureError, returned: T): T {
    this.#isEager = true;
    this.#recordings = [];
    console.warn(`${message}\nThe step runs without capture from here on.`);
    return returned;
  }
}

/** The results of a run that is recorded, as those of a replay: tensors of their own, outside of any graph. */
const withoutGraph = (returned: unknown): unknown => {
  const found: Tensor[] = [];
  const structure = structureOf(returned, found);
  return rebuild(structure, (i) => (found[i] as Tensor).detach());
};

/** What a tensor that is given must be like. */
interface TensorRule {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly requiresGrad: boolean;
  /** The first argument that shares its storage, and how far from that it lies, in elements. */
  readonly sharer: number;
  readonly distance: number;
}

/** When a recording may be used. */
class Signature {
  readonly #structure: Structure;
  readonly #rules: readonly TensorRule[];
  readonly #gradients: readonly { readonly leaf: LeafRef; readonly isThere: boolean }[];
  readonly #requiresGrad: readonly { readonly leaf: Tensor; readonly value: boolean }[];
  readonly #assumptions: readonly (() => boolean)[];
  readonly #kernels: Backend = backend();
  readonly #gradMode = isGradEnabled();
  readonly #libraryStructure = libraryStructure;
  readonly #outer: readonly Storage[];

  constructor(
    structure: Structure,
    tensors: readonly Tensor[],
    { gradients, requiresGrad, assumptions }: Conditions,
    blocks: readonly Block[],
  ) {
    this.#structure = structure;
    this.#rules = tensors.map((tensor) => ruleOf(tensor, tensors));
    // Lists, since they are gone through before each replay.
    this.#gradients = [...gradients].map(([leaf, isThere]) => ({ leaf, isThere }));
    this.#requiresGrad = [...requiresGrad].map(([leaf, value]) => ({ leaf, value }));
    this.#assumptions = [...assumptions.values()];
    this.#outer = blocks.flatMap(({ kind, storage }) => (kind === "outer" ? [storage as Storage] : []));
  }

  /** Whether a call with these arguments would do now what was recorded. @param found gets their tensors */
  fits(args: readonly unknown[], found: Tensor[]): boolean {
    if (
      this.#kernels !== backend() ||
      this.#gradMode !== isGradEnabled() ||
      this.#libraryStructure !== libraryStructure
    )
      return false;
    if (!matches(this.#structure, args, found)) return false;
    for (let i = 0; i < found.length; i++) {
      const tensor = found[i] as Tensor;
      if (!fitsRule(this.#rules[i] as TensorRule, tensor, found) || this.#outer.includes(tensor.storage)) return false;
    }
    for (const storage of this.#outer) if (storage.isReleased) return false;
    for (const { leaf, isThere } of this.#gradients) if (hasGradient(leafOf(leaf, found)) !== isThere) return false;
    for (const { leaf, value } of this.#requiresGrad) if (leaf.leafRequiresGrad !== value) return false;
    for (const holds of this.#assumptions) if (!holds()) return false;
    return true;
  }
}

const leafOf = (ref: LeafRef, tensors: readonly Tensor[]): Tensor =>
  typeof ref === "number" ? (tensors[ref] as Tensor) : ref;

const ruleOf = (tensor: Tensor, all: readonly Tensor[]): TensorRule => {
  const { dtype, shape, strides, leafRequiresGrad, storage, offset } = tensor;
  const sharer = all.findIndex((other) => other.storage === storage);
  const distance = offset - (all[sharer] as Tensor).offset;
  return { dtype, shape, strides, requiresGrad: leafRequiresGrad, sharer, distance };
};

const fitsRule = (rule: TensorRule, tensor: Tensor, all: readonly Tensor[]): boolean => {
  if (tensor.dtype !== rule.dtype || tensor.edge !== null || tensor.leafRequiresGrad !== rule.requiresGrad)
    return false;
  if (!sameShape(tensor.shape, rule.shape) || !sameShape(tensor.strides, rule.strides)) return false;
  for (let i = 0; i < rule.sharer; i++) if ((all[i] as Tensor).storage === tensor.storage) return false;
  const sharer = all[rule.sharer] as Tensor;
  return sharer === tensor || (sharer.storage === tensor.storage && tensor.offset - sharer.offset === rule.distance);
};

/** Whether a leaf has a gradient that can be moved as a whole; null where it has one that cannot. */
const hasGradient = ({ gradValue }: Tensor): boolean | null =>
  gradValue === null ? false : isWhole(gradValue) ? true : null;
