// Writes docs/missing.md: PyTorch's public names that are not here, and why. With --check it only says whether the page is stale.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as mt from "../../dist/src/index.js";
import { reasons } from "./reasons.mjs";

const page = fileURLToPath(new URL("../../docs/missing.md", import.meta.url));
const { pytorch, names } = JSON.parse(readFileSync(new URL("torchNames.json", import.meta.url), "utf8"));

/** Where each of PyTorch's spaces is here. */
const tensor = mt.zeros(1);
const spaces = {
  torch: [mt],
  Tensor: [tensor],
  "nn.functional": [mt.nn.functional],
  linalg: [mt.linalg],
  special: [mt.special],
  autograd: [mt.autograd, mt],
  "autograd.functional": [mt.autograd.functional],
};

const camelCase = (name) => name.replace(/(?<=[^_])_+([A-Za-z0-9])/g, (_, next) => next.toUpperCase());
const isIn = (targets, name) => targets.some((target) => camelCase(name) in target);

/** A name of torch that is here in another place: a method, or a function of nn.functional. */
const elsewhere = (name) => {
  if (isIn(spaces["nn.functional"], name)) return "nn.functional";
  return isIn(spaces.Tensor, name) ? "Tensor" : null;
};

const matcher = (pattern) => new RegExp(`^${pattern.replaceAll("*", ".*")}$`);
const rules = reasons.flatMap(([reason, list]) => {
  const words = list.split(" ");
  const space = words[0].startsWith("@") ? words.shift().slice(1) : null;
  return words.map((word) => ({ reason, space, word, pattern: matcher(word), isUsed: false }));
});

const found = Object.fromEntries(reasons.map(([reason]) => [reason, new Set()]));
const moved = { "nn.functional": [], Tensor: [] };
const unexplained = [];
let present = 0;
for (const [space, list] of Object.entries(names)) {
  for (const name of list) {
    if (isIn(spaces[space], name)) {
      present++;
      continue;
    }
    const place = space === "torch" && !name.endsWith("_") ? elsewhere(name) : null;
    if (place !== null) {
      moved[place].push(name);
      continue;
    }
    const rule = rules.find((r) => (r.space === null || r.space === space) && r.pattern.test(name));
    if (rule === undefined) unexplained.push(`${space}.${name}`);
    else {
      rule.isUsed = true;
      found[rule.reason].add(space === "torch" ? name : `${space}.${name}`);
    }
  }
}
const needless = rules.filter(({ isUsed }) => !isUsed).map(({ word }) => word);
if (unexplained.length > 0)
  throw new Error(`missing without a reason in scripts/missing/reasons.mjs: ${unexplained.join(", ")}`);
if (needless.length > 0) throw new Error(`reasons for nothing in scripts/missing/reasons.mjs: ${needless.join(", ")}`);

const code = (list) => list.map((name) => `\`${name}\``).join(" ");
const total = Object.values(names).reduce((n, list) => n + list.length, 0);
const absent = Object.values(found).reduce((n, set) => n + set.size, 0);
const text = [
  "# What of PyTorch is missing",
  "",
  `Written by \`npm run docs:missing\`, which compares the public names of \`torch\`, \`torch.Tensor\`, \`torch.nn.functional\`, \`torch.linalg\`,`,
  `\`torch.special\` and \`torch.autograd\` in PyTorch ${pytorch.split("+")[0]}, and some of PyTorch 2, with what is here under the same name in`,
  `camelCase; a check fails when the page is stale, or when a name is missing without a reason. Of ${total} names ${present} are here,`,
  `${moved["nn.functional"].length + moved.Tensor.length} under another space, and ${absent} are missing.`,
  "",
  "| missing | why |",
  "|---|---|",
  ...reasons
    .filter(([reason]) => found[reason].size > 0)
    .map(([reason]) => `| ${code([...found[reason]])} | ${reason} |`),
  "",
  "## In another place",
  "",
  `PyTorch has these in \`torch\` too; here they stand in \`nn.functional\` only: ${code(moved["nn.functional"])}.`,
  "",
  `And these are methods or properties only: ${code(moved.Tensor)}.`,
  "",
].join("\n");

if (!process.argv.includes("--check")) writeFileSync(page, text);
else if (readFileSync(page, "utf8") !== text) {
  console.error("docs/missing.md is stale: npm run docs:missing");
  process.exitCode = 1;
}
