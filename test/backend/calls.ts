/** How the rows of threadedCalls.ts and blasCalls.ts are made. */
import type { Backend, ConvSpec, Operand, Triple, WindowsOf3 } from "../../src/backend/backend.js";
import type { DType } from "../../src/backend/dtype.js";
import type { BinaryOp, UnaryOp } from "../../src/backend/ops.js";
import { anyOf, make, randomFrom, sizeOf } from "./twins.js";

export interface ThreadedCall {
  readonly name: string;
  /** Makes inputs and outputs of a dtype. @returns outputs, and what computes them */
  readonly set: (dtype: DType) => readonly [outputs: readonly Operand[], run: (k: Backend) => void];
  readonly dtypes: readonly DType[];
}

export const floats = ["float32", "float64"] as const;
export const all = [...floats, "int32", "uint8", "bool"] as const;

export const filled = (dtype: DType, shape: readonly number[], strides?: readonly number[]): Operand =>
  make(dtype, shape, anyOf(dtype), strides);
/** Above 0, for logarithms and variances. */
export const positive = (dtype: DType, shape: readonly number[]): Operand =>
  make(dtype, shape, (i) => 0.1 + ((i * 7) % 13));
export const indices = (shape: readonly number[], below: number): Operand => {
  const random = randomFrom(sizeOf(shape));
  return make("int32", shape, () => Math.floor(random() * below));
};
export const transposed = (dtype: DType, rows: number, columns: number): Operand =>
  filled(dtype, [rows, columns], [1, rows]);

export const call = (
  name: string,
  dtypes: readonly DType[],
  set: (dtype: DType) => readonly [Operand | readonly Operand[], (k: Backend) => void],
): ThreadedCall => ({
  name,
  dtypes,
  set: (dtype) => {
    const [outputs, run] = set(dtype);
    return [Array.isArray(outputs) ? (outputs as readonly Operand[]) : [outputs as Operand], run];
  },
});

export const unary = (op: UnaryOp, dtypes: readonly DType[]): ThreadedCall =>
  call(`unary ${op}`, dtypes, (dtype) => {
    const [out, x] = [make(dtype, [1111]), positive(dtype, [1111])];
    return [out, (k) => k.unary(op, out, x)];
  });

export const binary = (
  op: BinaryOp,
  dtypes: readonly DType[],
  name: string,
  shape: readonly number[],
  other: readonly number[],
) =>
  call(`binary ${op}, ${name}`, dtypes, (dtype) => {
    const [out, a] = [make(dtype, shape), filled(dtype, shape)];
    const b = filled(dtype, shape, other);
    return [out, (k) => k.binary(op, out, a, b)];
  });

export const matmul = (M: number, N: number, K: number, form: "plain" | "a turned" | "b turned"): ThreadedCall =>
  call(`matmul ${M} ${N} ${K}, ${form}`, [...floats, "int32"], (dtype) => {
    const out = make(dtype, [M, N]);
    const a = form === "a turned" ? transposed(dtype, M, K) : filled(dtype, [M, K]);
    const b = form === "b turned" ? transposed(dtype, K, N) : filled(dtype, [K, N]);
    return [out, (k) => k.matmul(out, a, b)];
  });

export const batched = (name: string, batch: readonly number[], aStrides?: readonly number[]): ThreadedCall =>
  call(`matmul of batches, ${name}`, floats, (dtype) => {
    const out = make(dtype, [...batch, 11, 9]);
    const a = filled(dtype, [...batch, 11, 30], aStrides);
    const b = filled(dtype, [...batch, 30, 9]);
    return [out, (k) => k.matmul(out, a, b)];
  });

export const specOf = (stride: number, padding: number, dilation: number, groups: number): ConvSpec => {
  const twice = (n: number, first: number): Triple => [first, n, n];
  return { stride: twice(stride, 1), padding: twice(padding, 0), dilation: twice(dilation, 1), groups };
};

/** The three kernels of one convolution. */
export const convolutions = (N: number, C: number, O: number, size: number, spec: ConvSpec): ThreadedCall[] => {
  const [stride, padding, dilation] = [spec.stride[1], spec.padding[1], spec.dilation[1]];
  const side = Math.floor((size + 2 * padding - dilation * 2 - 1) / stride) + 1;
  const name = `${N} images, ${C} to ${O} channels, ${size} wide, stride ${stride}, ${spec.groups} groups`;
  const [image, window, result] = [
    [N, C, 1, size, size],
    [O, C / spec.groups, 1, 3, 3],
    [N, O, 1, side, side],
  ] as const;
  return [
    call(`conv, ${name}`, floats, (dtype) => {
      const [out, x, w, bias] = [make(dtype, result), filled(dtype, image), filled(dtype, window), filled(dtype, [O])];
      return [out, (k) => k.conv(out, x, w, bias, spec)];
    }),
    call(`convBackwardInput, ${name}`, floats, (dtype) => {
      const [dX, dOut, w] = [make(dtype, image), filled(dtype, result), filled(dtype, window)];
      return [dX, (k) => k.convBackwardInput(dX, dOut, w, spec)];
    }),
    call(`convBackwardWeight, ${name}`, floats, (dtype) => {
      const [dW, dOut, x] = [make(dtype, window), filled(dtype, result), filled(dtype, image)];
      return [dW, (k) => k.convBackwardWeight(dW, dOut, x, spec)];
    }),
  ];
};

/** Windows of `size` elements, 2 apart, along height and width, `n` along each. */
const windowsOf = (size: number, n: number): WindowsOf3 => {
  const along = (many: number): WindowsOf3[0] => {
    const places = Array.from({ length: many }, (_, i) => 2 * i);
    return {
      starts: Int32Array.from(places),
      ends: Int32Array.from(places, (start) => (many === 1 ? 1 : start + size)),
      counts: Int32Array.from(places, () => (many === 1 ? 1 : size)),
      step: 1,
    };
  };
  return [along(1), along(n), along(n)];
};
export const windows = windowsOf(3, 4);
export const squares = windowsOf(2, 5);

/** Forward and backward, of queries, keys and values that lie interleaved; where it is not causal, with a mask for all heads. */
export const attention = (
  name: string,
  batch: readonly number[],
  isCausal: boolean,
  [L, S, E, V]: readonly [number, number, number, number] = [21, 30, 6, 5],
): ThreadedCall =>
  call(`attention ${name}`, floats, (dtype) => {
    const heads = batch.at(-1) as number;
    const between = (rows: number, width: number): Operand => {
      const sample = rows * heads * width;
      const strides = [(batch.at(-2) ?? 1) * sample, sample, width, heads * width, 1].slice(3 - batch.length);
      return filled(dtype, [...batch, rows, width], strides);
    };
    const [q, k, v] = [between(L, E), between(S, E), between(S, V)];
    const mask = isCausal ? null : filled(dtype, [...batch, L, S], [0, 0, 0, S, 1].slice(3 - batch.length));
    const of = (rows: number, ...width: number[]): Operand => make(dtype, [...batch, rows, ...width]);
    const dOut = filled(dtype, [...batch, L, V]);
    const [out, logSums, dQ, dK, dV] = [of(L, V), of(L), of(L, E), of(S, E), of(S, V)];
    const spec = { scale: 0.4, isCausal };
    return [
      [out, logSums, dQ, dK, dV],
      (b) => {
        b.attention(out, logSums, q, k, v, mask, spec);
        b.attentionBackward(dQ, dK, dV, dOut, out, logSums, q, k, v, mask, spec);
      },
    ];
  });
