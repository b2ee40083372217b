/** `negativeSlope` as `negative_slope`. */
export const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A number as Python prints a float: 2.0, 0.1, 1e-05. */
export const float = (x: number): string => {
  if (Number.isInteger(x) && Math.abs(x) < 1e16) return `${x}.0`;
  const size = Math.abs(x);
  if (size >= 1e-4 && size < 1e16) return String(x);
  return x.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
};

/** A value as Python prints it; text as it is. */
const literal = (value: unknown): string => {
  if (value === true) return "True";
  if (value === false) return "False";
  if (value === null) return "None";
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : float(value);
  if (typeof value === "string") return value;
  return Array.isArray(value)
    ? `(${value.map(literal).join(", ")}${value.length === 1 ? "," : ""})`
    : `<${typeof value}>`;
};

/** Settings as PyTorch prints them: `in_features=4, bias=True`; those that are undefined are left out. */
export const reprOf = (settings: Readonly<Record<string, unknown>>): string =>
  Object.entries(settings)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${snake(name)}=${literal(value)}`)
    .join(", ");

/** A shape as Python prints it: `(3,)`. */
export const tuple = (values: readonly unknown[]): string => literal(values);

/** `, inplace=True` where it is: PyTorch prints it only then. */
export const ifInplace = (inplace: boolean | undefined): { inplace?: true } => (inplace ? { inplace: true } : {});
