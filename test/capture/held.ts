import { expect } from "vitest";
import { capture, manualSeed, type nn, type Tensor } from "../../src/index.js";

/** A step on a model of its own, what it is called with, and what it changes. */
export interface Subject<A extends readonly unknown[]> {
  readonly step: (...args: A) => unknown;
  /** The arguments of call i. */
  readonly args: (i: number) => A;
  /** What a run loop does before call i. */
  readonly before?: (i: number) => void;
  readonly models: readonly nn.Module[];
  readonly extra?: () => unknown;
}

export const bits = (x: Tensor | null): unknown => {
  if (x === null) return null;
  // A scalar answers after its memory was given back.
  if (x.numel() === 1) return [x.dtype, x.shape.join(), x.item()];
  const { buffer, byteOffset, byteLength } = x.toTypedArray();
  return [x.dtype, x.shape.join(), Buffer.from(buffer, byteOffset, byteLength).toString("base64")];
};

const bitsOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(bitsOf);
  if (typeof value === "object" && value !== null && "storage" in value) return bits(value as Tensor);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, bitsOf(item)]));
  return value;
};

const stateOf = ({ models, extra }: Subject<readonly unknown[]>): unknown => [
  models.map((model) => Object.entries(model.stateDict()).map(([name, x]) => [name, bits(x)])),
  models.map((model) => model.parameters().map(({ gradValue }) => bits(gradValue))),
  extra?.(),
];

/** Everything that `calls` calls of a step give and leave, as bits. */
const follow = (subject: Subject<readonly unknown[]>, calls: number): unknown[] => {
  const seen: unknown[] = [];
  for (let i = 0; i < calls; i++) {
    subject.before?.(i);
    seen.push([bitsOf(subject.step(...subject.args(i))), stateOf(subject)]);
  }
  return seen;
};

/** Holds captured calls against eager ones; the JavaScript of the step must have run `runs` times by then. */
export const expectSameBits = <A extends readonly unknown[]>(
  build: () => Subject<A>,
  { calls = 24, runs = 2 }: { calls?: number; runs?: number } = {},
): void => {
  manualSeed(5);
  const eager = follow(build() as unknown as Subject<readonly unknown[]>, calls);
  manualSeed(5);
  const subject = build();
  let ran = 0;
  const step = capture((...args: A) => {
    ran++;
    return subject.step(...args);
  });
  const captured = follow({ ...subject, step } as unknown as Subject<readonly unknown[]>, calls);
  for (let i = 0; i < calls; i++) expect(captured[i], `call ${i}`).toEqual(eager[i]);
  expect(ran).toBe(runs);
};
