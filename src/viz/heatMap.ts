import { imageElement } from "./encodePng.js";
import { type Drawing, escapeXml, titleAt } from "./figure.js";

export type Color = readonly [red: number, green: number, blue: number];

/** Colours that classes are told apart by; also for people who see few colours. @source Okabe & Ito, 2008, without black and yellow */
export const classColors: readonly string[] = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#e69f00",
  "#56b4e9",
  "#7f7f7f",
  "#8c564b",
  "#17becf",
  "#bcbd22",
];

/** `#rrggbb` as numbers from 0 to 255. */
export const colorOf = (hex: string): Color =>
  [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16)) as [number, number, number];

/** `share` of a colour on white. */
export const tint = ([r, g, b]: Color, share: number): Color =>
  [r, g, b].map((c) => Math.round(255 + (c - 255) * share)) as [number, number, number];

export interface FieldPoint {
  readonly x: number;
  readonly y: number;
  readonly color: string;
}

export interface FieldOptions {
  readonly title: string;
  /** Ends of both axes: the field's outer edges. */
  readonly xRange: readonly [number, number];
  readonly yRange: readonly [number, number];
  /** Drawn on top. Default none. */
  readonly points?: readonly FieldPoint[];
}

const SIZE = 264;
const LEFT = 34;
const TOP = 34;

/**
 * A colour at every place of a square, and points on it: what a classifier of two features says, and where its samples are.
 *
 * @param colorAt the colour of cell (column, row) of `cells` × `cells`, row 0 at the top
 */
export const fieldPanel = async (
  cells: number,
  colorAt: (column: number, row: number) => Color,
  { title, xRange, yRange, points = [] }: FieldOptions,
): Promise<Drawing> => {
  const pixels = new Uint8Array(cells * cells * 3);
  for (let row = 0; row < cells; row++)
    for (let column = 0; column < cells; column++) pixels.set(colorAt(column, row), (row * cells + column) * 3);
  const picture = await imageElement(pixels, [cells, cells], { x: LEFT, y: TOP, width: SIZE, height: SIZE });
  const px = (x: number): string => (LEFT + ((x - xRange[0]) / (xRange[1] - xRange[0])) * SIZE).toFixed(1);
  const py = (y: number): string => (TOP + (1 - (y - yRange[0]) / (yRange[1] - yRange[0])) * SIZE).toFixed(1);
  const colors = [...new Set(points.map(({ color }) => color))];
  const dots = colors.map((color) => {
    const places = points.filter((point) => point.color === color).map(({ x, y }) => `M${px(x)} ${py(y)}h0`);
    return `<path fill="none" stroke="${color}" stroke-width="4" stroke-linecap="round" d="${places.join("")}"/>`;
  });
  const ticks = [0, 0.5, 1].map((share) => {
    const [x, y] = [xRange[0] + share * (xRange[1] - xRange[0]), yRange[0] + share * (yRange[1] - yRange[0])];
    return `<text x="${px(x)}" y="${TOP + SIZE + 15}" text-anchor="middle">${x}</text><text x="${LEFT - 5}" y="${py(y)}" dy="4" text-anchor="end">${y}</text>`;
  });
  return {
    width: LEFT + SIZE + 24,
    height: TOP + SIZE + 24,
    body: `${titleAt(LEFT, title)}${picture}<rect x="${LEFT}" y="${TOP}" width="${SIZE}" height="${SIZE}" fill="none" stroke="#999"/>${dots.join("")}${ticks.join("")}`,
  };
};

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
  const top = TOP + 14;
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
