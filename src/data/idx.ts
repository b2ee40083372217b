import type { DType, TypedArray } from "../backend/dtype.js";
import { FormatError } from "../tensor/errors.js";

/** The content of an IDX file, the format of MNIST: `tensor(data, { shape })` makes a tensor of it. */
export interface Idx {
  readonly shape: readonly number[];
  readonly dtype: Extract<DType, "uint8" | "int32" | "float32" | "float64">;
  readonly data: TypedArray;
}

export interface IdxOptions {
  /** What errors call the file. */
  name?: string | undefined;
  /** Number of dimensions that it must have. Default: any. */
  rank?: number | undefined;
  /** Element type that it must have. Default: any. */
  dtype?: Idx["dtype"] | undefined;
}

interface ElementType {
  readonly name: string;
  readonly bytes: number;
  readonly dtype: Idx["dtype"];
  readonly read: (view: DataView, count: number) => TypedArray;
}

const eachInto = <A extends TypedArray>(out: A, valueAt: (i: number) => number): A => {
  for (let i = 0; i < out.length; i++) out[i] = valueAt(i);
  return out;
};

/** By the third byte of the magic number. Integers of 1 and 2 signed bytes have no dtype of their own: they become int32. */
const elementTypes: Readonly<Record<number, ElementType>> = {
  8: {
    name: "unsigned bytes",
    bytes: 1,
    dtype: "uint8",
    read: (v, n) => new Uint8Array(v.buffer, v.byteOffset, n),
  },
  9: {
    name: "signed bytes",
    bytes: 1,
    dtype: "int32",
    read: (v, n) => eachInto(new Int32Array(n), (i) => v.getInt8(i)),
  },
  11: {
    name: "int16",
    bytes: 2,
    dtype: "int32",
    read: (v, n) => eachInto(new Int32Array(n), (i) => v.getInt16(2 * i)),
  },
  12: {
    name: "int32",
    bytes: 4,
    dtype: "int32",
    read: (v, n) => eachInto(new Int32Array(n), (i) => v.getInt32(4 * i)),
  },
  13: {
    name: "float32",
    bytes: 4,
    dtype: "float32",
    read: (v, n) => eachInto(new Float32Array(n), (i) => v.getFloat32(4 * i)),
  },
  14: {
    name: "float64",
    bytes: 8,
    dtype: "float64",
    read: (v, n) => eachInto(new Float64Array(n), (i) => v.getFloat64(8 * i)),
  },
};

const hex = (n: number): string => `0x${n.toString(16).padStart(8, "0")}`;

/**
 * Reads an IDX file of any element type. Magic number, sizes and length are checked before anything is allocated; bytes are
 * not copied.
 *
 * @throws FormatError naming the file, what was expected and what is there
 * @source torchvision.datasets.mnist.read_sn3_pascalvincent_tensor
 * @example
 * const { shape, data: values } = data.parseIdx(bytes);
 * const x = tensor(values, { shape });
 */
export const parseIdx = (bytes: Uint8Array, { name = "the file", rank, dtype }: IdxOptions = {}): Idx => {
  const fail = (problem: string, rule: string): never => {
    throw new FormatError({ op: "parseIdx", problem, rule, args: { file: name } });
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const needHeader = (size: number): void => {
    if (bytes.length < size)
      fail(`the file has ${bytes.length} bytes, its header alone takes ${size}`, "a complete IDX file");
  };
  needHeader(4);
  const magic = view.getUint32(0);
  const element = elementTypes[magic >>> 8];
  const dims = magic & 0xff;
  if (element === undefined || dims === 0)
    return fail(
      `the magic number is ${hex(magic)}`,
      "0x0000TTDD: type 08, 09, 0b, 0c, 0d or 0e, and at least one dimension",
    );
  if ((rank !== undefined && dims !== rank) || (dtype !== undefined && element.dtype !== dtype))
    fail(
      `the magic number is ${hex(magic)}: ${element.name} in ${dims} dimension${dims === 1 ? "" : "s"}`,
      `${dtype ?? "any type"}${rank === undefined ? "" : ` in ${rank} dimension${rank === 1 ? "" : "s"}`}`,
    );
  const header = 4 + 4 * dims;
  needHeader(header);
  const shape = Array.from({ length: dims }, (_, i) => view.getUint32(4 + 4 * i));
  const count = shape.includes(0) ? 0 : shape.reduce((n, size) => n * size, 1);
  const expected = count * element.bytes;
  const there = bytes.length - header;
  const rule = `${shape.join(" × ")} ${element.name} = ${expected} bytes`;
  if (there < expected) fail(`the file is cut off: ${there} bytes of data`, rule);
  if (there > expected) fail(`${there - expected} bytes follow the data`, rule);
  const data = element.read(new DataView(bytes.buffer, bytes.byteOffset + header, there), count);
  return { shape, dtype: element.dtype, data };
};
