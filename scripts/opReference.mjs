// Writes docs/ops.md, the list of all public ops, from the sources' docstrings. With --check it only says whether the page is stale.
import { readFileSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = `${root}docs/ops.md`;

/** Where functions are public, and what stands before their names there. */
const spaces = [
  ["src/index.ts", ""],
  ["src/nn/functional.ts", "nn.functional."],
  ["src/ops/linalg/namespace.ts", "linalg."],
  ["src/ops/special/namespace.ts", "special."],
];
const families = {
  creation: "Creation",
  elementwise: "Element by element",
  special: "Special functions",
  activation: "Activations",
  reduce: "Reductions",
  sort: "Sorting and searching",
  movement: "Shapes and views",
  indexing: "Indexing",
  random: "Draws",
  linalg: "Linear algebra",
  conv: "Convolution",
  pool: "Pooling",
  resample: "Resampling",
  norm: "Normalisation",
  dropout: "Dropout",
  embedding: "Embedding",
  attention: "Attention",
  loss: "Losses",
};

const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent({ ...config, include: ["src"] }, ts.sys, root);
const program = ts.createProgram({ rootNames: spaces.map(([file]) => root + file), options });
const checker = program.getTypeChecker();

const pathOf = (fileName) => relative(root, fileName).replaceAll("\\", "/");

const methodLists = program
  .getSourceFiles()
  .map(({ fileName }) => pathOf(fileName))
  .filter((file) => /^src\/ops\/\w+\/(methods|getters)\.ts$/.test(file))
  .map((file) => [file, "x."]);

const familyOf = (symbol) => {
  const file = pathOf(symbol.declarations?.[0]?.getSourceFile().fileName ?? root);
  if (file === "src/tensor/create.ts") return "creation";
  return /^src\/ops\/(\w+)\//.exec(file)?.[1];
};

/** Each function once, with all names that it has. */
const ops = new Map();
for (const [file, prefix] of [...spaces, ...methodLists]) {
  const module = checker.getSymbolAtLocation(program.getSourceFile(root + file));
  for (const exported of checker.getExportsOfModule(module)) {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const family = familyOf(symbol);
    const signatures = checker.getTypeOfSymbol(symbol).getCallSignatures();
    if (family === undefined || signatures.length === 0) continue;
    const op = ops.get(symbol) ?? { symbol, family, signature: signatures[0], names: [], isMethod: false };
    ops.set(symbol, op);
    if (prefix === "x.") op.isMethod = true;
    // A method of the same name is no name of its own.
    if (prefix !== "x." || !op.names.includes(exported.name)) op.names.push(prefix + exported.name);
  }
}

const isOptionsObject = (type) =>
  type.flags & ts.TypeFlags.Object &&
  type.getCallSignatures().length === 0 &&
  !checker.isArrayLikeType(type) &&
  type.getProperties().length > 0 &&
  type.getProperties().every(({ flags }) => flags & ts.SymbolFlags.Optional);

const parameterText = (parameter) => {
  const declaration = parameter.valueDeclaration;
  const type = checker.getNonNullableType(checker.getTypeOfSymbol(parameter));
  const isRest = declaration?.dotDotDotToken !== undefined;
  const isOptional = declaration?.questionToken !== undefined || declaration?.initializer !== undefined;
  const members = type.isIntersection() ? type.types : [type];
  if (members.every(isOptionsObject))
    return `{ ${type
      .getProperties()
      .map(({ name }) => name)
      .join(", ")} }`;
  const text = checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation);
  const short = text.length > 40 || text === "Tensor" ? "" : `: ${text}`;
  return `${isRest ? "..." : ""}${parameter.name}${isOptional && !isRest ? "?" : ""}${short}`;
};

const oneLine = (parts) => ts.displayPartsToString(parts).replace(/\s+/g, " ").trim();
const cell = (text) => text.replaceAll("|", "\\|");

const describe = ({ symbol, family, signature, names, isMethod }) => {
  const tags = symbol.getJsDocTags(checker);
  const tag = (name) =>
    tags
      .filter((t) => t.name === name)
      .map((t) => oneLine(t.text))
      .join("; ");
  const isMethodOnly = names[0].startsWith("x.");
  const parameters = signature.parameters
    .slice(isMethodOnly ? 1 : 0)
    .map(parameterText)
    .join(", ");
  const declared = names.find((name) => name === symbol.name) ?? names[0];
  const others = names.filter((name) => name !== declared);
  return {
    family,
    name: declared,
    row: [
      `\`${declared}(${parameters})\`${others.length > 0 ? `, ${others.map((name) => `\`${name}\``).join(", ")}` : ""}`,
      oneLine(symbol.getDocumentationComment(checker)),
      tag("grad"),
      tag("source"),
      isMethod ? "yes" : "",
    ],
  };
};

const described = [...ops.values()].map(describe);
const silent = described.filter(({ row }) => row[1] === "").map(({ name }) => name);
if (silent.length > 0) throw new Error(`no sentence in the docstring of ${silent.join(", ")}`);

const section = ([family, title]) => {
  const rows = described
    .filter((op) => op.family === family)
    .sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1))
    .map(({ row }) => `| ${row.map(cell).join(" | ")} |`);
  return [
    `## ${title}`,
    "",
    "| call | what it gives | gradient | in PyTorch | method |",
    "|---|---|---|---|---|",
    ...rows,
    "",
  ];
};
const unknown = described.filter(({ family }) => !(family in families)).map(({ family }) => family);
if (unknown.length > 0) throw new Error(`families without a title: ${[...new Set(unknown)].join(", ")}`);

const text = [
  "# Ops",
  "",
  "Written from the docstrings by `npm run docs:ops`; a test fails when it is stale. Each function stands once, with all its names.",
  "`{ … }` is the options object that comes last; `x.` marks what is a method only. Methods that change elements one by one have a",
  "form in place too, which ends in `_`: `x.add_(y)`.",
  "A gradient that is not said is that of the ops which the op is made of, or there is none.",
  "",
  ...Object.entries(families).flatMap(section),
].join("\n");

if (!process.argv.includes("--check")) writeFileSync(page, text);
else if (readFileSync(page, "utf8") !== text) {
  console.error("docs/ops.md is stale: npm run docs:ops");
  process.exitCode = 1;
}
