import type { TypedArray } from "../backend/dtype.js";
import type { Storage } from "./storage.js";
import type { Tensor } from "./tensor.js";

/** Writes the elements of a tensor from a generator. */
export type Draw = (elements: Float32Array | Float64Array) => void;

/**
 * What the recording of a step (src/capture) has to be told beyond its kernel calls. There is none while nothing is recorded,
 * which costs a comparison.
 */
export interface Recorder {
  /** A storage was made. */
  made(storage: Storage): void;
  /** An op took these. */
  took(inputs: readonly Tensor[]): void;
  /** JavaScript is about to write the elements of a tensor that was just made: they are constants of the step. */
  writes(x: Tensor): void;
  /** Draws elements now; each run draws anew. */
  draws(x: Tensor, draw: Draw): void;
  /** Elements go to JavaScript, which may do anything with them. */
  reads(op: string, x: Tensor): void;
  /** Elements are looked at by `look` only: each run looks again, and must see the same. */
  observes<T>(x: Tensor, look: (elements: TypedArray) => T): T;
  /** A tensor's gradient is about to be used. */
  readsGradient(leaf: Tensor): void;
  setsGradient(leaf: Tensor, grad: Tensor | null): void;
  /** Runs what each run has to call again, as it is. `owner` and `name` say what it is. */
  calls<T>(owner: object, name: string, call: () => T): T;
  /** What is recorded is right only while `holds`; `subject` says of what. */
  assumes(subject: object, holds: () => boolean): void;
  /** This cannot be recorded. */
  refuses(op: string, problem: string, hint: string): void;
}

/** The recorder of the step that is recorded now, or null. */
export let recorder: Recorder | null = null;

/** @internal */
export const setRecorder = (next: Recorder | null): void => {
  recorder = next;
};

/** Lets `look` see x's elements, row-major. What it returns may depend on nothing else. */
export const observe = <T>(x: Tensor, look: (elements: TypedArray) => T): T =>
  recorder === null ? look(x.toTypedArray()) : recorder.observes(x, look);

/** Counts changes that no recording survives: hooks that come or go. */
export let structure = 0;

/** What was recorded so far holds no longer. */
export const forgetRecordings = (): void => {
  structure++;
};
