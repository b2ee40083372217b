/** Number of elements. */
export const count = (shape: readonly number[]): number => shape.reduce((n, size) => n * size, 1);

/** Whether elements lie row-major without gaps. */
export const isPacked = (shape: readonly number[], strides: readonly number[]): boolean => {
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    const size = shape[i] as number;
    if (size === 0) return true;
    if (size !== 1 && strides[i] !== step) return false;
    step *= size;
  }
  return true;
};

/** Strides of an operand broadcast to `shape`: 0 where it is repeated. */
export const broadcastStrides = (
  x: { shape: readonly number[]; strides: readonly number[] },
  shape: readonly number[],
): number[] => {
  const lead = shape.length - x.shape.length;
  return shape.map((size, i) =>
    i < lead || (x.shape[i - lead] === 1 && size !== 1) ? 0 : (x.strides[i - lead] as number),
  );
};

/** Row-major offsets of every element of `shape` under `strides`, written into a table. */
export const offsetsOf = (shape: readonly number[], strides: readonly number[]): Int32Array => {
  const n = count(shape);
  const offsets = new Int32Array(n);
  let filled = 1;
  if (n === 0) return offsets;
  // Each dimension, from the last, repeats what is there at its own distance.
  for (let d = shape.length - 1; d >= 0; d--) {
    const size = shape[d] as number;
    const stride = strides[d] as number;
    for (let i = 1; i < size; i++) {
      const shift = i * stride;
      for (let j = 0; j < filled; j++) offsets[i * filled + j] = (offsets[j] as number) + shift;
    }
    filled *= size;
  }
  return offsets;
};
