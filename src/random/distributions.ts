import { backend, heap } from "../backend/current.js";
import type { DrawOp } from "../backend/ops.js";
import { drawInto, wordsOf } from "../backend/reference/draw.js";
import type { Generator } from "./generator.js";

type Floats = Float32Array | Float64Array;

/** So few elements cost less than to hand the generator's state to a kernel and back. */
const FEW = 256;

const draw = (op: DrawOp, out: Floats, generator: Generator, a: number, b: number): void => {
  const n = out.length;
  const isFloat32 = out instanceof Float32Array;
  generator.takeWords(n * wordsOf(op, isFloat32), (words, next) => {
    if (n < FEW || out.buffer !== heap.u8.buffer) drawInto(op, out, words, next, a, b);
    else {
      const dtype = isFloat32 ? "float32" : "float64";
      backend().draw(op, { dtype, address: out.byteOffset, shape: [n], strides: [1] }, words, next, a, b);
    }
  });
};

/** Uniform numbers from `from` up to, not including, `to`. */
export const fillUniform = (out: Floats, generator: Generator, from = 0, to = 1): void =>
  draw("uniform", out, generator, from, to);

/**
 * Normal numbers. Fewer than 16 are drawn one by one in float64; from 16 on uniforms are drawn first and then turned in blocks
 * of 16, the last block anew where the length is no multiple: PyTorch's order.
 */
export const fillNormal = (out: Floats, generator: Generator, mean = 0, std = 1): void => {
  if (out.length < 16) {
    for (let i = 0; i < out.length; i++) out[i] = generator.nextNormal() * std + mean;
    return;
  }
  fillUniform(out, generator);
  const turn = (start: number): void => {
    for (let j = start; j < start + 8; j++) {
      const radius = Math.sqrt(-2 * Math.log(1 - (out[j] as number)));
      const angle = 2 * Math.PI * (out[j + 8] as number);
      out[j] = radius * Math.cos(angle) * std + mean;
      out[j + 8] = radius * Math.sin(angle) * std + mean;
    }
  };
  for (let start = 0; start + 16 <= out.length; start += 16) turn(start);
  if (out.length % 16 === 0) return;
  const last = out.length - 16;
  fillUniform(out.subarray(last), generator);
  turn(last);
};

/** Integers from low up to, not including, high. */
export const fillRandint = (out: Int32Array, generator: Generator, low: number, high: number): void => {
  for (let i = 0; i < out.length; i++) out[i] = low + (generator.nextUint32() % (high - low));
};

/** 0 … n−1 in random order. */
export const randomPermutation = (n: number, generator: Generator): Int32Array => {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = 0; i < n - 1; i++) {
    const j = i + (generator.nextUint32() % (n - i));
    const held = order[i] as number;
    order[i] = order[j] as number;
    order[j] = held;
  }
  return order;
};

/** `one` with probability p, else 0: where nextFloat64 is below p. */
export const fillBernoulli = (out: Floats, generator: Generator, p: number, one = 1): void =>
  draw("bernoulli", out, generator, p, one);
