import { colorOf, tint } from "./colors.js";
import { type Drawing, escapeXml, titleAt } from "./figure.js";

const TOP = 48;

export interface MatrixOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Names of rows and columns. */
  readonly names: readonly string[];
  /** Default "#0072b2". */
  readonly color?: string;
}

/** Counts as a table with shades, each by its share of the row: a confusion matrix. Zeros are left empty. */
export const matrixPanel = (
  counts: readonly (readonly number[])[],
  { title, xLabel, yLabel, names, color = "#0072b2" }: MatrixOptions,
): Drawing => {
  const cell = 28;
  const left = 34 + 6 * Math.max(...names.map((name) => name.length));
  const top = TOP;
  const side = cell * names.length;
  const bottom = top + side;
  const cells = counts.flatMap((row, i) => {
    const sum = row.reduce((a, b) => a + b, 0) || 1;
    return row.map((count, j) => {
      const [x, y] = [left + j * cell, top + i * cell];
      const share = count / sum;
      const shade = tint(colorOf(color), Math.sqrt(share)).join(",");
      const text =
        count === 0
          ? ""
          : `<text x="${x + cell / 2}" y="${y + cell / 2 + 3}" text-anchor="middle" font-size="9" fill="${share > 0.3 ? "white" : "#444"}">${count}</text>`;
      return `<rect x="${x}" y="${y}" width="${cell}" height="${cell}" fill="rgb(${shade})"/>${text}`;
    });
  });
  const rowNames = names.map(
    (name, i) => `<text x="${left - 6}" y="${top + (i + 0.5) * cell + 4}" text-anchor="end">${escapeXml(name)}</text>`,
  );
  const columnNames = names.map(
    (name, j) =>
      `<text transform="translate(${left + (j + 0.5) * cell + 4} ${bottom + 8}) rotate(-45)" text-anchor="end">${escapeXml(name)}</text>`,
  );
  return {
    width: left + side + 16,
    height: bottom + 24 + 5 * Math.max(...names.map((name) => name.length)),
    body: `${titleAt(16, title)}<text x="${left}" y="${top - 6}">${escapeXml(`rows: ${yLabel}, columns: ${xLabel}`)}</text>${cells.join("")}<rect x="${left}" y="${top}" width="${side}" height="${side}" fill="none" stroke="#999"/>${rowNames.join("")}${columnNames.join("")}`,
  };
};
