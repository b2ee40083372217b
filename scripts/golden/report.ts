import { type Report, type Tally, totalOf } from "./run.js";

const columns: readonly (keyof Tally)[] = ["cases", "passed", "failed", "waived", "skipped"];
const cellWidth = 9;

const row = (name: string, cells: readonly (string | number)[]): string =>
  name.padEnd(14) + cells.map((cell) => String(cell).padStart(cellWidth)).join("");

const counted = (reasons: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return counts;
};

/** What a run found: a table of groups, the first failures, what was skipped and why, and the sum as the last line. */
export const formatReport = (report: Report, maxFailures: number): string => {
  const total = totalOf(report);
  const lines = [row("group", columns)];
  for (const [group, tally] of report.groups)
    lines.push(
      row(
        group,
        columns.map((key) => tally[key]),
      ),
    );
  lines.push(
    row(
      "all",
      columns.map((key) => total[key]),
    ),
    "",
  );

  for (const { id, reason } of report.failures.slice(0, maxFailures)) lines.push(`failed: ${id}: ${reason}`);
  if (report.failures.length > maxFailures)
    lines.push(
      `… and ${report.failures.length - maxFailures} more failures (--fails ${report.failures.length} shows all)`,
    );
  for (const [reason, count] of counted(report.waived.map((waived) => waived.reason)))
    lines.push(`waived: ${reason} (${count})`);
  for (const id of report.needless) lines.push(`waiver no longer needed: ${id}`);
  for (const [reason, count] of [...report.skips].sort(([, a], [, b]) => b - a))
    lines.push(`skipped: ${reason} (${count})`);
  if (total.waived > 0)
    lines.push(
      `before waivers: ${total.passed} passed, ${total.failed + total.waived} failed, ${total.skipped} skipped`,
    );
  lines.push(`${total.passed} passed, ${total.failed} failed, ${total.skipped + total.waived} skipped`);
  return lines.join("\n");
};
