/** What every error of the library says: the op, the rule in letters, each argument with its shape, and the likely fix. */
export interface ErrorDetails {
  /** Public name of the op or method, for example "matmul". */
  readonly op: string;
  /** One sentence: what is wrong. */
  readonly problem: string;
  /** The rule in letters, for example "a[M,K] · b[K,N] → [M,N]". */
  readonly rule?: string | undefined;
  /** Each argument by its public name with its shape or value. */
  readonly args?: Readonly<Record<string, string | readonly number[]>> | undefined;
  /** What to do about it. */
  readonly hint?: string | undefined;
}

/** `[2, 3]` */
export const formatShape = (shape: readonly number[]): string => `[${shape.join(", ")}]`;

const layOut = ({ op, problem, rule, args, hint }: ErrorDetails): string => {
  const rows: [string, string][] = [];
  if (rule !== undefined) rows.push(["rule", rule]);
  for (const [name, value] of Object.entries(args ?? {})) {
    rows.push([name, typeof value === "string" ? value : formatShape(value)]);
  }
  if (hint !== undefined) rows.push(["hint", hint]);
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return [`${op}: ${problem}`, ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)].join("\n");
};

/** Base of all errors that the library throws on purpose. */
export class MytorchError extends Error {
  readonly op: string;
  readonly problem: string;
  readonly rule: string | undefined;
  readonly args: Readonly<Record<string, string | readonly number[]>>;
  readonly hint: string | undefined;
  constructor(details: ErrorDetails, options?: ErrorOptions) {
    super(layOut(details), options);
    this.name = new.target.name;
    this.op = details.op;
    this.problem = details.problem;
    this.rule = details.rule;
    this.args = details.args ?? {};
    this.hint = details.hint;
  }
}

/** Shapes that do not fit, an axis or an index out of range. */
export class ShapeError extends MytorchError {}
/** A dtype that the op does not take, or a value that its dtype cannot hold. */
export class DTypeError extends MytorchError {}
/** A value that is not allowed: a negative learning rate, a probability above one, an unknown mode. */
export class ValueError extends MytorchError {}
/** An index outside of its dimension. */
export class IndexError extends ShapeError {}
/** The device cannot do this, or not synchronously. */
export class DeviceError extends MytorchError {}
/** A rule of autograd: a second backward, an in-place change of a saved value, a leaf that may not change. */
export class GradError extends MytorchError {}
/** The tensor's memory was given back, by the next `backward()` or by the user. */
export class ReleasedError extends MytorchError {}
/** A file that is not what it claims to be. */
export class FormatError extends MytorchError {}
/** A step that cannot be recorded and replayed. */
export class CaptureError extends MytorchError {}
/** No memory left below the limit. */
export class OutOfMemoryError extends MytorchError {}
