// Writes docs/ops.md from the sources: what each family's lists name, with the summary, gradient and PyTorch's name of its docstring.
// `npm run docs:ops` writes it; with --check it fails when the page is stale.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const ops = `${root}src/ops/`;
const titles = {
  elementwise: "Element by element",
  activation: "Activations",
  reduce: "Reductions",
  sort: "Sorting and searching",
  movement: "Shapes and views",
  indexing: "Picking and placing by index",
  creation: "Creation",
  random: "Draws",
  linalg: "Matrices",
  conv: "Convolution",
  pool: "Pooling",
  resample: "Images of other sizes",
  norm: "Normalisation",
  embedding: "Tables of rows",
  dropout: "Dropout",
  attention: "Attention",
  loss: "Losses",
};
const places = { index: "mt", functional: "nn.functional", methods: "Tensor", namespace: "linalg" };

/** Docstrings of a file by the name that they stand before. */
const docsOf = (file) => {
  const source = readFileSync(file, "utf8");
  const docs = new Map();
  for (const [, doc, name] of source.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport (?:const|function) (\w+)/g))
    docs.set(name, doc.replaceAll(/^\s*\* ?/gm, "").trim());
  return docs;
};

const tag = (doc, name) => {
  const found = new RegExp(`@${name}\\s+([\\s\\S]*?)(?=\\s@[a-z]+\\s|$)`).exec(doc)?.[1];
  return found?.replaceAll(/\s+/g, " ").trim() ?? "";
};
const summaryOf = (doc) =>
  doc
    .split(/\s@[a-z]+\s/)[0]
    .replaceAll(/\s+/g, " ")
    .trim();

/** A function's parameters by its compiled declaration, types left out: `(x, dim, { keepdim })`. */
const signatureOf = (target, name) => {
  const declarations = readFileSync(target.replace(ops, `${root}dist/src/ops/`).replace(/\.ts$/, ".d.ts"), "utf8");
  const code = new RegExp(`export declare (?:const|function) ${name}:? ?(\\([\\s\\S]*)`).exec(declarations)?.[1];
  if (code === undefined) return "(x, …)";
  let depth = 0;
  let close = 0;
  for (; close < code.length; close++) {
    if ("([{".includes(code[close])) depth++;
    if (")]}".includes(code[close])) depth--;
    if (depth === 0) break;
  }
  const open = 0;
  const inner = code.slice(open + 1, close).replaceAll(/\s+/g, " ");
  const parts = [];
  let level = 0;
  let part = "";
  for (const letter of inner) {
    if ("([{".includes(letter)) level++;
    if (")]}".includes(letter)) level--;
    if (letter === "," && level === 0) {
      parts.push(part);
      part = "";
    } else part += letter;
  }
  if (part.trim() !== "") parts.push(part);
  const short = parts.map((text) => {
    const names = /^\s*(\{[^}]*\}|\.{3}\w+|\w+)/.exec(text)?.[1] ?? "";
    return names.replaceAll(/\s+/g, " ").replaceAll(/, \}/g, " }");
  });
  return `(${short.join(", ")})`;
};

/** What a family's list file names: public name → name in the source, and the file. */
const listed = (family, list) => {
  const path = `${ops}${family}/${list}.ts`;
  let source;
  try {
    source = readFileSync(path, "utf8");
  } catch {
    return [];
  }
  return [...source.matchAll(/export (?:\{([^}]*)\}|\*) from "\.\/(\w+)\.js"/g)].flatMap(([, names, file]) => {
    const target = `${ops}${family}/${file}.ts`;
    if (names === undefined) {
      if (file === "aliases") return [];
      return [...docsOf(target).keys()].map((name) => ({ name, original: name, target }));
    }
    return names
      .split(",")
      .map((text) => text.trim())
      .filter((text) => text !== "" && !text.startsWith("type ") && !/^[A-Z][a-z]+$/.test(text))
      .map((text) => {
        const [original, name = original] = text.split(" as ");
        return { name, original, target };
      });
  });
};

const cell = (text) => text.replaceAll("|", "\\|");

const sections = readdirSync(ops, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort((a, b) => Object.keys(titles).indexOf(a) - Object.keys(titles).indexOf(b))
  .map((family) => {
    const found = new Map();
    for (const [list, place] of Object.entries(places))
      for (const { name, original, target } of listed(family, list)) {
        const entry = found.get(name) ?? { original, target, where: [] };
        entry.where.push(place);
        found.set(name, entry);
      }
    const rows = [...found]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { original, target, where }]) => {
        const doc = docsOf(target).get(original) ?? "";
        return `| \`${name}${cell(signatureOf(target, original))}\` | ${cell(summaryOf(doc))} | ${cell(tag(doc, "grad"))} | ${cell(tag(doc, "source"))} | ${where.join(", ")} |`;
      });
    if (rows.length === 0) return "";
    const head = "| op | what it gives | gradient | PyTorch, source | where |\n|---|---|---|---|---|";
    return `## ${titles[family] ?? family}\n\n${head}\n${rows.join("\n")}\n`;
  })
  .filter((section) => section !== "");

const page = `# Every op

Made from the sources by \`npm run docs:ops\`. \`mt\` is the main namespace (\`import * as mt from "mytorch"\`), \`Tensor\` are methods, whose
first parameter is the tensor itself. Where an op differs from PyTorch is in [differences](differences.md).

${sections.join("\n")}`;

const file = `${root}docs/ops.md`;
if (process.argv.includes("--check")) {
  if (readFileSync(file, "utf8") !== page) {
    console.error("docs/ops.md is stale: run npm run docs:ops");
    process.exitCode = 1;
  }
} else writeFileSync(file, page);
