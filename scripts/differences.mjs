// What a file adds to one that it resembles, for src/backend/wasm/patched.ts to make it again.

/** Bytes that must agree before they are looked up rather than written. */
const LEAST = 12;
/** Places that are tried for each. */
const TRIES = 64;

/** A number from 0 up, 7 bits a byte, the lowest first; all but the last byte have the highest bit set. */
const writeNumber = (bytes, n) => {
  let rest = n;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
};

const agreeing = (base, i, bytes, k) => {
  let n = 0;
  while (i + n < base.length && k + n < bytes.length && base[i + n] === bytes[k + n]) n++;
  return n;
};

/**
 * Bytes in the form that `patched` reads: how many there are in all, then again and again how many are new, these, where in `base` the
 * next ones lie (counted from the end of the last ones; 2 d ahead, 2 d − 1 back), and how many they are.
 */
export const differences = (base, bytes) => {
  const places = new Map();
  const key = (from, i) => Buffer.from(from.buffer, from.byteOffset + i, LEAST).toString("latin1");
  for (let i = 0; i + LEAST <= base.length; i++) {
    const list = places.get(key(base, i));
    if (list === undefined) places.set(key(base, i), [i]);
    else if (list.length < TRIES) list.push(i);
  }
  const patch = [];
  writeNumber(patch, bytes.length);
  let written = 0;
  let end = 0;
  const write = (k, place, length) => {
    writeNumber(patch, k - written);
    for (; written < k; written++) patch.push(bytes[written]);
    const jump = place - end;
    writeNumber(patch, jump < 0 ? -2 * jump - 1 : 2 * jump);
    writeNumber(patch, length);
    written += length;
    end = place + length;
  };
  for (let k = 0; k < bytes.length; ) {
    const candidates = k + LEAST <= bytes.length ? (places.get(key(bytes, k)) ?? []) : [];
    const [length, place] = candidates.reduce(
      (best, i) => {
        const n = agreeing(base, i, bytes, k);
        return n > best[0] ? [n, i] : best;
      },
      [0, 0],
    );
    if (length > 0) write(k, place, length);
    k += Math.max(1, length);
  }
  write(bytes.length, end, 0);
  return Uint8Array.from(patch);
};
