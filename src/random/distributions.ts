import type { Generator } from "./generator.js";

type Floats = Float32Array | Float64Array;

/** Words are drawn so many at a time: into one place, which the next draw overwrites. */
const CHUNK = 1024;
const chunk = new Uint32Array(CHUNK);

const nextWords = (generator: Generator, count: number): Uint32Array => {
  const words = count === CHUNK ? chunk : chunk.subarray(0, count);
  generator.fillUint32(words);
  return words;
};

/** Uniform numbers from `from` up to, not including, `to`. */
export const fillUniform = (out: Floats, generator: Generator, from = 0, to = 1): void => {
  const n = out.length;
  if (out instanceof Float32Array) {
    const [low, range] = [Math.fround(from), Math.fround(to - from)];
    for (let start = 0; start < n; start += CHUNK) {
      const words = nextWords(generator, Math.min(CHUNK, n - start));
      // As nextFloat32; rounded once, as PyTorch's fused multiply-add.
      for (let i = 0; i < words.length; i++)
        out[start + i] = ((words[i] as number) & 0xffffff) * 2 ** -24 * range + low;
    }
  } else {
    for (let i = 0; i < n; i++) out[i] = generator.nextFloat64() * (to - from) + from;
  }
};

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

/** `one` with probability p, else 0: where nextFloat64 is below p, which its 53 bits, as an integer, decide. */
export const fillBernoulli = (out: Floats, generator: Generator, p: number, one = 1): void => {
  const limit = Math.ceil(p * 2 ** 53);
  const high = Math.floor(limit / 2 ** 32);
  const low = limit - high * 2 ** 32;
  const n = out.length;
  for (let start = 0; start < n; start += CHUNK / 2) {
    const words = nextWords(generator, 2 * Math.min(CHUNK / 2, n - start));
    for (let i = 0; 2 * i < words.length; i++) {
      const top = (words[2 * i] as number) & 0x1fffff;
      out[start + i] = top < high || (top === high && (words[2 * i + 1] as number) < low) ? one : 0;
    }
  }
};
