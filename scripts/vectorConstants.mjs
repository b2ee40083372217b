// Puts the constants of SIMD registers into memory. The engine of Node 24 builds one anew at each use, with three instructions, even in
// a loop; the one of Node 20 keeps some of them in registers that others need. Loaded from a fixed place each is one instruction.
import binaryen from "assemblyscript/binaryen";

/** Where they lie, as kernels/memory.ts says, and how many words there is room for. */
const ADDRESS = 0xe000;
const ROOM = 2048;

const constants = /v128\.const i32x4 (0x\w{8}) (0x\w{8}) (0x\w{8}) (0x\w{8})/g;

/** What is repeated in a register, one word or two; none where no load makes it, or where it takes one instruction as it is. */
const repeated = ([, a, b, c, d]) => {
  if (a !== c || b !== d) return null;
  if (a !== b) return `${a} ${b}`;
  return /^0x(0{8}|f{8})$/.test(a) ? null : a;
};

/**
 * The modules with loads in the place of constants, from one table that each of them carries: several builds may run on one memory.
 */
export const withConstantsInMemory = (binaries) => {
  const texts = binaries.map((binary) => binaryen.readBinary(binary).emitText());
  const found = new Set(texts.flatMap((text) => Array.from(text.matchAll(constants), repeated)));
  found.delete(null);
  // Pairs first, so that they lie at multiples of their size.
  const values = [...found].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  const places = new Map();
  const words = [];
  for (const value of values) {
    places.set(value, ADDRESS + 4 * words.length);
    words.push(...value.split(" ").map(Number));
  }
  if (words.length > ROOM) throw new Error(`${words.length} words of constants, but room for ${ROOM}`);
  const bytes = [...Buffer.from(Uint32Array.from(words).buffer)].map(
    (byte) => `\\${byte.toString(16).padStart(2, "0")}`,
  );
  return texts.map((text) => {
    const loading = text.replace(constants, (...match) => {
      const value = repeated(match);
      if (value === null) return match[0];
      return `v128.load${value.includes(" ") ? 64 : 32}_splat (i32.const ${places.get(value)})`;
    });
    const end = loading.lastIndexOf(")");
    const module = binaryen.parseText(`${loading.slice(0, end)}(data (i32.const ${ADDRESS}) "${bytes.join("")}"))`);
    return module.emitBinary();
  });
};
