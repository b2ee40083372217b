import { compare } from "../compare.js";
import { asTensor, callMethod, functionAt, type GoldenTensor, type Library, snapshot } from "../library.js";
import { arrayOf, dtypeOf, type GoldenCase, hasDtype, type Json, numberOf, Skip } from "../values.js";
import { errorProblem, type Verdict } from "./verdict.js";

/** A table's operand by its dtype's name; "int" and "float" stand for plain numbers, "bool" in the second place for true. */
const scalars: Readonly<Record<string, number | boolean>> = { bool: true, int: 1, float: 1.5 };

const zeros = (library: Library, dtype: string): GoldenTensor =>
  asTensor(functionAt(library, "torch.zeros")([1], { dtype: dtypeOf(dtype) }), "zeros()");

const promotionRow = (library: Library, row: readonly Json[], hasScalars: boolean): Verdict => {
  const [a, b, expected] = row.map(String) as [string, string, string];
  const right = hasScalars ? scalars[b] : zeros(library, b);
  const got = functionAt(library, "torch.result_type")(zeros(library, a), right);
  return got === dtypeOf(expected) ? null : `${a} with ${b}: ${String(got)}, expected ${dtypeOf(expected)}`;
};

/** Entries that an int32 can hold: the library has no int64. */
const castRow = (library: Library, row: readonly Json[]): Verdict => {
  const [from, to, values, results] = row;
  const wanted = arrayOf(results);
  const kept = arrayOf(values).flatMap((v, i) =>
    Math.abs(numberOf(wanted[i])) < 2 ** 31 ? [{ v, result: wanted[i] as Json }] : [],
  );
  const data = kept.map(({ v }) => numberOf(v));
  const source = functionAt(library, "torch.tensor")(data, { dtype: dtypeOf(String(from)) });
  const cast = asTensor(callMethod(source, "to", dtypeOf(String(to))), "to()");
  const expected = { shape: [kept.length], dtype: String(to), data: kept.map(({ result }) => result) };
  return compare(expected, snapshot(cast), 0, 0, `${String(from)} to ${String(to)}`);
};

const shapeRow = (library: Library, row: readonly Json[]): Verdict => {
  const [a, b, expected] = row;
  const shapes = JSON.stringify([a, b]);
  try {
    const got = functionAt(library, "torch.broadcast_shapes")(a, b);
    return JSON.stringify(got) === JSON.stringify(expected)
      ? null
      : `${shapes}: ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}`;
  } catch (error) {
    if (error instanceof Skip) throw error;
    return Array.isArray(expected) ? `${shapes}: threw, expected [${expected.join()}]` : errorProblem(library, error);
  }
};

/** Many small facts in rows; rows with dtypes that the library does not have are left out. */
export const runTable = (library: Library, golden: GoldenCase): Verdict => {
  let checked = 0;
  const rows = arrayOf(golden.rows).map(arrayOf);
  const known = (name: Json | undefined): boolean => typeof name !== "string" || hasDtype(name);
  const hasScalars = rows.some((row) => row[1] === "int" || row[1] === "float");
  for (const row of rows) {
    let verdict: Verdict = null;
    if (golden.op === "torch.result_type" || golden.op === "torch.promote_types") {
      if (!known(row[0]) || !known(row[2]) || (!hasScalars && !known(row[1]))) continue;
      verdict = promotionRow(library, row, hasScalars);
    } else if (golden.op === "Tensor.to") {
      if (!known(row[0]) || !known(row[1])) continue;
      verdict = castRow(library, row);
    } else if (golden.op === "torch.broadcast_shapes") verdict = shapeRow(library, row);
    else throw new Skip(`no table of ${golden.op}`);
    if (verdict !== null) return verdict;
    checked++;
  }
  if (checked === 0) throw new Skip("no dtype of this table");
  return null;
};
