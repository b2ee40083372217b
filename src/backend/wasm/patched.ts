/**
 * Bytes made from those that they resemble and a patch, as `scripts/differences.mjs` writes it: two builds of the kernels differ in a
 * twentieth, and only one of them has to be shipped whole.
 */
export const patched = (base: Uint8Array, patch: Uint8Array): Uint8Array<ArrayBuffer> => {
  let at = 0;
  const next = (): number => {
    let n = 0;
    let scale = 1;
    for (; (patch[at] as number) > 127; scale *= 128) n += ((patch[at++] as number) - 128) * scale;
    return n + (patch[at++] as number) * scale;
  };
  const bytes = new Uint8Array(next());
  let from = 0;
  for (let k = 0; at < patch.length; ) {
    const isNew = next();
    bytes.set(patch.subarray(at, at + isNew), k);
    at += isNew;
    k += isNew;
    const jump = next();
    from += jump % 2 === 0 ? jump / 2 : -(jump + 1) / 2;
    const length = next();
    bytes.set(base.subarray(from, from + length), k);
    from += length;
    k += length;
  }
  return bytes;
};
