/**
 * Random programs on small float64 tensors. A program is a list of plain instructions, so that it shrinks; each is made to fit
 * the values that are there when its turn comes. What comes out is a list of calls that runs, and reads, as written by hand.
 */
import * as mt from "../../src/index.js";
import { Slice, type Tensor, tensor } from "../../src/index.js";
import { randomFrom } from "../backend/twins.js";

/** Any numbers: they are taken modulo what there is to choose from. */
export interface Instruction {
  readonly kind: number;
  readonly a: number;
  readonly b: number;
  readonly p: number;
}

/** An earlier value: `v3`. */
interface Ref {
  readonly v: number;
}
type Arg = number | boolean | Ref | Slice | readonly Arg[];

interface Call {
  readonly name: string;
  readonly args: readonly Arg[];
}

export interface Program {
  readonly leaves: readonly { readonly shape: readonly number[]; readonly values: readonly number[] }[];
  readonly calls: readonly Call[];
}

const isRef = (x: Arg): x is Ref => typeof x === "object" && "v" in x;
const isList = (x: Arg): x is readonly Arg[] => Array.isArray(x);
const changesInPlace = ({ name }: Call): boolean => name.endsWith("_");
export const hasInPlace = ({ calls }: Program): boolean => calls.some(changesInPlace);

const show = (x: Arg): string => {
  if (isRef(x)) return `v${x.v}`;
  if (isList(x)) return `[${x.map(show).join(", ")}]`;
  if (x instanceof Slice) return `slice(${x.start}, ${x.stop}, ${x.step})`;
  return String(x);
};

const isFunction = (name: string): boolean => name in mt;

/** The program as code that can be pasted. */
export const codeOf = ({ leaves, calls }: Program): string => {
  const lines = leaves.map(
    ({ shape, values }, i) =>
      `const v${i} = tensor([${values.join(", ")}], { dtype: "float64", shape: [${shape}], requiresGrad: true });`,
  );
  let next = leaves.length;
  for (const call of calls) {
    const [first, ...rest] = call.args.map(show);
    const text = isFunction(call.name)
      ? `${call.name}(${[first, ...rest].join(", ")})`
      : `${first}.${call.name}(${rest.join(", ")})`;
    lines.push(changesInPlace(call) ? `${text};` : `const v${next++} = ${text};`);
  }
  return lines.join("\n");
};

const perform = ({ name, args }: Call, values: readonly Tensor[]): Tensor => {
  const real = (x: Arg): unknown => (isRef(x) ? values[x.v] : isList(x) ? x.map(real) : x);
  const [first, ...rest] = args.map(real);
  const owner = isFunction(name) ? mt : (first as Tensor);
  const fn = Reflect.get(owner, name) as (...args: unknown[]) => Tensor;
  return isFunction(name) ? fn(first, ...rest) : fn.call(first, ...rest);
};

/** All values that the program makes from these leaves. */
export const run = ({ calls }: Program, leaves: readonly Tensor[]): Tensor[] => {
  const values = [...leaves];
  for (const call of calls) {
    const y = perform(call, values);
    if (!changesInPlace(call)) values.push(y);
  }
  return values;
};

const leafShapes: readonly (readonly number[])[] = [[2, 3], [3], [3, 2], [], [2, 1, 3], [1, 3], [4], [2, 2, 2]];

const smooth = ["sin", "cos", "tanh", "sigmoid", "square", "atan", "asinh", "erf", "sinc"] as const;
const binary = ["add", "mul", "sub", "atan2", "logaddexp", "hypot", "lerp"] as const;
const reductions = ["sum", "mean", "logsumexp", "var", "prod"] as const;

const broadcasts = (a: readonly number[], b: readonly number[]): boolean =>
  Array.from({ length: Math.min(a.length, b.length) }, (_, i) => [a.at(-1 - i), b.at(-1 - i)]).every(
    ([x, y]) => x === y || x === 1 || y === 1,
  );
/** Whether b can be written into a. */
const fitsInto = (a: readonly number[], b: readonly number[]): boolean =>
  b.length <= a.length && broadcasts(a, b) && b.every((size, i) => size === 1 || size === a[a.length - b.length + i]);

/** Builds a program by running it: each instruction sees the shapes and sizes that are there. */
class Builder {
  readonly calls: Call[] = [];
  readonly values: Tensor[];
  /** Places of values that may be changed in place: copies, and views of them. */
  readonly mutable = new Set<number>();

  constructor(leaves: readonly Tensor[]) {
    this.values = [...leaves];
  }

  call(name: string, ...args: readonly Arg[]): Ref {
    const made: Call = { name, args };
    const y = perform(made, this.values);
    this.calls.push(made);
    if (!changesInPlace(made)) this.values.push(y);
    return { v: this.values.length - 1 };
  }

  /** A view: as changeable as what it shows. */
  view(name: string, x: Ref, ...rest: readonly Arg[]): Ref {
    const y = this.call(name, x, ...rest);
    if (this.mutable.has(x.v)) this.mutable.add(y.v);
    return y;
  }

  at(x: Ref): Tensor {
    return this.values[x.v] as Tensor;
  }

  /** The first value from a place on that fits. */
  find(from: number, fits: (x: Tensor) => boolean): Ref | null {
    for (let i = 0; i < this.values.length; i++) {
      const v = (from + i) % this.values.length;
      if (fits(this.values[v] as Tensor)) return { v };
    }
    return null;
  }

  /** Keeps values and sizes small, so that differences stay exact. */
  tame(x: Ref): void {
    let y = x;
    if (this.at(y).ndim > 4) y = this.call("flatten", y);
    while (this.at(y).numel() > 32) y = this.call("mean", y, 0);
    const largest = Math.max(0, ...[...this.at(y).toTypedArray()].map(Math.abs));
    if (largest > 4) this.call("sin", y);
  }
}

type Maker = (build: Builder, x: Ref, instruction: Instruction) => Ref | null;
const dimOf = (x: Tensor, p: number): number => p % x.ndim;
const sizeOf = (x: Tensor, p: number): number => x.shape[dimOf(x, p)] as number;
const hasDims = (build: Builder, x: Ref): boolean => build.at(x).ndim > 0;
const onDims =
  (make: Maker): Maker =>
  (build, x, instruction) =>
    hasDims(build, x) ? make(build, x, instruction) : null;

const everything = new Slice(null, null, null);

/** An index list with one slice, of a step from 1 to 3. */
const sliced = (x: Tensor, p: number): Arg[] => {
  const dim = dimOf(x, p);
  const start = (p >> 3) % sizeOf(x, p);
  return [...Array.from({ length: dim }, () => everything), new Slice(start, null, 1 + (p % 3))];
};

const makers: readonly Maker[] = [
  (build, x, { p }) => build.call(smooth[p % smooth.length] as string, x),
  (build, x, { b, p }) => {
    const y = build.find(b, (t) => broadcasts(build.at(x).shape, t.shape));
    if (y === null) return null;
    const name = binary[p % binary.length] as string;
    // hypot and atan2 have a kink where both sides are 0.
    const left = name === "hypot" || name === "atan2" ? build.call("add", build.call("square", x), 0.5) : x;
    return name === "lerp" ? build.call(name, left, y, 0.3) : build.call(name, left, y);
  },
  (build, x, { b }) => {
    const y = build.find(b, (t) => broadcasts(build.at(x).shape, t.shape));
    return y && build.call("div", x, build.call("add", build.call("square", y), 1));
  },
  onDims((build, x, { b }) => {
    const a = build.at(x);
    const inner = a.shape.at(-1);
    const y = build.find(
      b,
      (t) =>
        t.ndim > 0 &&
        (t.ndim === 1 ? t.shape[0] : t.shape.at(-2)) === inner &&
        a.ndim + t.ndim < 6 &&
        broadcasts(a.shape.slice(0, -2), t.shape.slice(0, -2)),
    );
    return y && build.call("matmul", x, y);
  }),
  onDims((build, x, { p }) => build.view("transpose", x, dimOf(build.at(x), p), dimOf(build.at(x), p >> 2))),
  onDims((build, x, { p }) => build.view("index", x, ...sliced(build.at(x), p))),
  onDims((build, x, { p }) => build.view("select", x, dimOf(build.at(x), p), (p >> 3) % sizeOf(build.at(x), p))),
  onDims((build, x, { p }) => {
    const start = (p >> 3) % sizeOf(build.at(x), p);
    return build.view("narrow", x, dimOf(build.at(x), p), start, sizeOf(build.at(x), p) - start);
  }),
  (build, x, { p }) => build.view("unsqueeze", x, p % (build.at(x).ndim + 1)),
  (build, x) => build.view("squeeze", x),
  (build, x) => (build.at(x).ndim > 1 ? build.view("diagonal", x) : null),
  (build, x) => build.call("expand", x, [2, ...build.at(x).shape]),
  (build, x) => build.call("reshape", x, [-1]),
  (build, x) => build.call("reshape", x, [...build.at(x).shape].reverse()),
  onDims((build, x, { b, p }) => {
    const dim = dimOf(build.at(x), p);
    const others = (t: Tensor): string => t.shape.map((size, d) => (d === dim ? "any" : size)).join();
    const y = build.find(b, (t) => t.ndim > 0 && others(t) === others(build.at(x)));
    return y && build.call("cat", [x, y, x], dim);
  }),
  (build, x, { b, p }) => {
    const y = build.find(b, (t) => t.shape.join() === build.at(x).shape.join());
    return y && build.call("stack", [y, x], p % (build.at(x).ndim + 1));
  },
  onDims((build, x, { p }) => {
    const name = reductions[p % reductions.length] as string;
    return name === "var" && sizeOf(build.at(x), p >> 3) < 2 ? null : build.call(name, x, dimOf(build.at(x), p >> 3));
  }),
  onDims((build, x, { p }) =>
    build.call(
      ["softmax", "logSoftmax", "cumsum", "cumprod", "logcumsumexp"][p % 5] as string,
      x,
      dimOf(build.at(x), p >> 3),
    ),
  ),
  onDims((build, x, { p }) => build.call("flip", x, dimOf(build.at(x), p))),
  onDims((build, x, { p }) => build.call("roll", x, 1 + (p % 2), dimOf(build.at(x), p >> 1))),
  (build, x) => (build.at(x).ndim > 1 ? build.call("tril", x) : null),
  (build, x) => {
    const y = build.call("clone", x);
    build.mutable.add(y.v);
    return y;
  },
  (build, x) => {
    const y = build.call("fullLike", x, 0.5);
    build.mutable.add(y.v);
    return y;
  },
];

/** How a value changes in place: by itself, or by another that fits into it. */
const changes: readonly ((build: Builder, x: Ref, instruction: Instruction) => void)[] = [
  (build, x) => build.call("sin_", x),
  (build, x) => build.call("mul_", x, 0.5),
  (build, x) => build.call("fill_", x, 0.25),
  ...["add_", "mul_", "copy_"].map((name) => (build: Builder, x: Ref, { b }: Instruction) => {
    const y = build.find(b, (t) => fitsInto(build.at(x).shape, t.shape));
    if (y !== null) build.call(name, x, y);
  }),
];

const random = (seed: number, count: number): number[] => {
  const draw = randomFrom(seed);
  for (let i = 0; i < 5; i++) draw();
  return Array.from({ length: count }, () => Math.round((draw() * 3 - 1.5) * 100) / 100);
};

/** Leaves of a program, at its values moved by `step` along directions. */
export const leavesOf = ({ leaves }: Program, directions: readonly (readonly number[])[] = [], step = 0): Tensor[] =>
  leaves.map(({ shape, values }, i) =>
    tensor(
      values.map((value, j) => value + step * (directions[i]?.[j] ?? 0)),
      { dtype: "float64", shape },
    ),
  );

/** Half of the instructions change a value in place once there is one that may be changed. */
export const programOf = (shapes: readonly number[], instructions: readonly Instruction[]): Program => {
  const leaves = shapes.map((choice, i) => {
    const shape = leafShapes[choice % leafShapes.length] as readonly number[];
    return {
      shape,
      values: random(
        choice + 31 * i,
        shape.reduce((n, size) => n * size, 1),
      ),
    };
  });
  const build = new Builder(leavesOf({ leaves, calls: [] }));
  for (const instruction of instructions) {
    const { kind, a, p } = instruction;
    const changeable = [...build.mutable];
    if (changeable.length > 0 && kind % 3 === 0) {
      changes[p % changes.length]?.(build, { v: changeable[a % changeable.length] as number }, instruction);
      continue;
    }
    const x: Ref = { v: a % build.values.length };
    const made = makers[kind % makers.length]?.(build, x, instruction) ?? build.call("sin", x);
    build.tame(made);
  }
  return { leaves, calls: build.calls };
};
