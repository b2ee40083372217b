const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const literal = (value: unknown): string => {
  if (value === true) return "True";
  if (value === false) return "False";
  if (value === null) return "None";
  if (typeof value === "string") return `'${value}'`;
  return Array.isArray(value)
    ? `(${value.map(literal).join(", ")}${value.length === 1 ? "," : ""})`
    : typeof value === "number"
      ? String(value)
      : `<${typeof value}>`;
};

/** Settings as PyTorch prints them: `in_features=4, bias=True`. */
export const reprOf = (settings: Readonly<Record<string, unknown>>): string =>
  Object.entries(settings)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${snake(name)}=${literal(value)}`)
    .join(", ");

/** What a layer was made with: plain values, then its options. */
export const reprOfArgs = (args: readonly unknown[]): string =>
  args
    .map((arg) =>
      typeof arg === "object" && arg !== null && !Array.isArray(arg)
        ? reprOf(arg as Record<string, unknown>)
        : literal(arg),
    )
    .filter((text) => text !== "")
    .join(", ");
