import { FormatError } from "../tensor/errors.js";

/** The content of an IDX file of bytes: the format of MNIST. */
export interface Idx {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/**
 * Reads an IDX file of unsigned bytes. Magic, sizes and length are checked before anything is taken from it.
 *
 * @throws FormatError naming the file, what was expected and what is there
 */
export const parseIdx = (bytes: Uint8Array, name: string, rank: number): Idx => {
  const fail = (problem: string, rule: string): never => {
    throw new FormatError({ op: "parseIdx", problem, rule, args: { file: name } });
  };
  const header = 4 + 4 * rank;
  if (bytes.length < header)
    fail(`the file has ${bytes.length} bytes, its header alone takes ${header}`, "a complete IDX file");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  if (magic !== 0x800 + rank)
    fail(
      `the magic number is 0x${magic.toString(16)}`,
      `0x${(0x800 + rank).toString(16)}: unsigned bytes in ${rank} dimension${rank === 1 ? "" : "s"}`,
    );
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const expected = shape.reduce((n, size) => n * size, 1);
  const there = bytes.length - header;
  if (there < expected) fail(`the file is cut off: ${there} bytes of data`, `${shape.join(" × ")} = ${expected} bytes`);
  if (there > expected) fail(`${there - expected} bytes follow the data`, `${shape.join(" × ")} = ${expected} bytes`);
  return { shape, data: bytes.subarray(header) };
};
