import { functionalSignatures, moduleSignatures } from "./nnSignatures.js";
import { methodSignatures, torchSignatures } from "./torchSignatures.js";
import { camelCase } from "./values.js";

interface Form {
  readonly positional: readonly string[];
  /** Name of the parameter that takes the rest of the positional arguments, or null. */
  readonly rest: string | null;
  readonly options: readonly string[];
  /** What the argument of a name has to be for this form to fit. */
  readonly fits: ReadonlyMap<string, "t" | "b" | "n">;
}

type Table = ReadonlyMap<string, readonly Form[]>;

const parseForm = (text: string): Form => {
  const fits = new Map<string, "t" | "b" | "n">();
  let rest: string | null = null;
  const names = (part: string): string[] =>
    part.split(" ").flatMap((word) => {
      if (word === "") return [];
      const [name = "", kind] = word.replace("...", "").split(":");
      if (kind === "t" || kind === "b" || kind === "n") fits.set(name, kind);
      if (!word.startsWith("...")) return [name];
      rest = name;
      return [];
    });
  const [positional = "", options = ""] = text.split("|");
  return { positional: names(positional), options: names(options), rest, fits };
};

const parseTable = (text: string): Table => {
  const table = new Map<string, Form[]>();
  for (const line of text.split("\n")) {
    const [names, forms] = line.split(/:(.*)/s);
    if (names === undefined || forms === undefined) continue;
    const parsed = forms.split(";").map(parseForm);
    for (const name of names.trim().split(" ")) table.set(name, parsed);
  }
  return table;
};

const torch = parseTable(torchSignatures);
const methods = parseTable(methodSignatures);
const functional = parseTable(functionalSignatures);
const modules = parseTable(moduleSignatures);

const find = (table: Table, name: string): readonly Form[] | undefined =>
  table.get(name) ?? table.get(name.replace(/_$/, ""));

const formsOf = (op: string): readonly Form[] | undefined => {
  const [first, ...path] = op.split(".");
  const name = path.join(".");
  if (first === "Tensor") return find(methods, name) ?? find(torch, name);
  if (name.startsWith("nn.functional.")) return find(functional, name.slice("nn.functional.".length));
  if (name.startsWith("nn.")) return modules.get(name.slice("nn.".length));
  return find(torch, name);
};

/** A call as the library takes it: positional arguments, then one options object when there are options. */
export interface BoundCall {
  readonly positional: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
  /** Names of `positional`, as far as they are known. */
  readonly names: readonly string[];
}

const kindOf = (x: unknown, isTensor: (x: unknown) => boolean): "t" | "b" | "n" =>
  isTensor(x) ? "t" : typeof x === "boolean" ? "b" : "n";

/**
 * Distributes Python's arguments over positional arguments and options, by the tables. An op that no table knows keeps
 * its positional arguments, and all of its keyword arguments become options.
 */
export const bind = (
  op: string,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
  isTensor: (x: unknown) => boolean,
): BoundCall => {
  const unnamed: Form = { positional: args.map((_, i) => `#${i}`), rest: null, options: [], fits: new Map() };
  const forms = formsOf(op) ?? [unnamed];
  const form = forms.find(({ positional, options, rest, fits }) => {
    const order = [...positional, ...options];
    if (rest === null && args.length > order.length) return false;
    const given = new Map<string, unknown>(Object.entries(kwargs));
    for (const [i, arg] of args.entries()) given.set(order[i] ?? "", arg);
    return (
      [...fits].every(([name, kind]) => !given.has(name) || kindOf(given.get(name), isTensor) === kind) &&
      Object.keys(kwargs).every((name) => forms.length === 1 || order.includes(name))
    );
  });
  if (form === undefined) throw new Error(`the golden tables have no form of ${op} for these arguments`);

  const order = form.rest === null ? [...form.positional, ...form.options] : form.positional;
  const values = new Map<string, unknown>();
  for (const [i, name] of order.slice(0, args.length).entries()) values.set(name, args[i]);
  for (const [name, value] of Object.entries(kwargs)) values.set(name, value);

  const positional = form.positional.map((name) => values.get(name));
  const names = [...form.positional];
  while (positional.length > 0 && positional.at(-1) === undefined) positional.pop();
  if (form.rest !== null) {
    const rest = values.has(form.rest) ? [values.get(form.rest)] : args.slice(order.length);
    const [only] = rest;
    positional.push(...(rest.length === 1 && Array.isArray(only) && only.some(isTensor) ? (only as unknown[]) : rest));
  }
  const options: Record<string, unknown> = {};
  for (const [name, value] of values) {
    if (!form.positional.includes(name) && name !== form.rest) options[camelCase(name)] = value;
  }
  return { positional, options, names };
};
