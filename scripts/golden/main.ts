/**
 * Holds the library against stored answers of PyTorch.
 *
 *   npm run golden -- [DIR] [--group name]… [--fails n] [--backend name]
 *
 * DIR is a corpus folder (default: the project's own copy). Ends with "N passed, N failed, N skipped"; exit code 1 when a
 * case failed that no waiver covers.
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import * as library from "../../src/index.js";
import { selectBackend } from "./backends.js";
import { formatReport } from "./report.js";
import { runCorpus } from "./run.js";

/** npm runs scripts in the package's folder. */
const ownCorpus = resolve("test/golden/corpus");

const main = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      group: { type: "string", multiple: true },
      fails: { type: "string", default: "20" },
      backend: { type: "string" },
    },
  });
  if (positionals.length > 1) throw new Error(`one folder at most, not ${positionals.join(" and ")}`);
  const maxFailures = Number(values.fails);
  if (!Number.isInteger(maxFailures) || maxFailures < 0)
    throw new Error(`--fails takes a whole number, not ${values.fails}`);
  if (values.backend !== undefined) selectBackend(values.backend);
  const groups = values.group === undefined ? undefined : new Set(values.group.flatMap((names) => names.split(",")));
  const report = await runCorpus(library, positionals[0] ?? ownCorpus, { groups });
  console.log(formatReport(report, maxFailures));
  return report.failures.length > 0 ? 1 : 0;
};

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`golden: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
