import { type Drawing, escapeXml, figure, titleAt } from "./figure.js";

/** A named line: values against 1, 2, 3, … or given x. */
export interface Series {
  readonly name: string;
  readonly color: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Points instead of a line. Default false. */
  readonly isScatter?: boolean;
}

export interface Panel {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
}

const WIDTH = 420;
const HEIGHT = 320;
/** About as wide as a letter of the legend. */
const LETTER = 7;
const MARGIN = { top: 40, right: 16, bottom: 46, left: 62 };

/** Round steps (1, 2 or 5 times a power of ten), about five of them. */
export const ticksBetween = (low: number, high: number): number[] => {
  const rough = (high - low) / 5 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((m) => m * power >= rough) as number);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
};

/** Lowest and highest, with a little room, over every point. */
const rangeOf = (values: readonly number[]): [number, number] => {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return [0, 1];
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const room = (high - low) * 0.04 || Math.abs(high) * 0.04 || 1;
  return [low - room, high + room];
};

/** Lines and points over labelled axes. */
export const linePanel = ({ title, xLabel, yLabel, series }: Panel): Drawing => {
  const [x0, x1] = rangeOf(series.flatMap(({ points }) => points.map(([x]) => x)));
  const [y0, y1] = rangeOf(series.flatMap(({ points }) => points.map(([, y]) => y)));
  const [innerW, innerH] = [WIDTH - MARGIN.left - MARGIN.right, HEIGHT - MARGIN.top - MARGIN.bottom];
  const px = (x: number): string => (MARGIN.left + ((x - x0) / (x1 - x0)) * innerW).toFixed(1);
  const py = (y: number): string => (MARGIN.top + (1 - (y - y0) / (y1 - y0)) * innerH).toFixed(1);
  const base = MARGIN.top + innerH;
  const grid = [
    ...ticksBetween(y0, y1).map(
      (y) =>
        `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${py(y)}" y2="${py(y)}" stroke="#e5e5e5"/><text x="${MARGIN.left - 8}" y="${py(y)}" dy="4" text-anchor="end">${y}</text>`,
    ),
    ...ticksBetween(x0, x1).map(
      (x) =>
        `<line x1="${px(x)}" x2="${px(x)}" y1="${base}" y2="${base + 5}" stroke="#999"/><text x="${px(x)}" y="${base + 19}" text-anchor="middle">${x}</text>`,
    ),
  ];
  const marks = series.map(({ color, points, isScatter }) => {
    const finite = points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
    // Lines of no length with round ends: a path of them is far smaller than as many circles.
    const dots =
      isScatter || finite.length <= 40
        ? `<path fill="none" stroke="${color}" stroke-width="${isScatter ? 5 : 6}" stroke-linecap="round" d="${finite.map(([x, y]) => `M${px(x)} ${py(y)}h0`).join("")}"/>`
        : "";
    if (isScatter) return dots;
    return `<polyline fill="none" stroke="${color}" stroke-width="2" stroke-linejoin="round" points="${finite.map(([x, y]) => `${px(x)},${py(y)}`).join(" ")}"/>${dots}`;
  });
  let next = MARGIN.left;
  const legend = series.map(({ name, color }) => {
    const x = next;
    next += 15 + LETTER * name.length + 14;
    return `<rect x="${x}" y="26" width="10" height="10" rx="2" fill="${color}"/><text x="${x + 15}" y="35">${escapeXml(name)}</text>`;
  });
  const body = `${titleAt(MARGIN.left, title)}${legend.join("")}${grid.join("")}<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${base}" y2="${base}" stroke="#999"/>${marks.join("")}<text x="${MARGIN.left + innerW / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escapeXml(xLabel)}</text><text transform="translate(14 ${MARGIN.top + innerH / 2}) rotate(-90)" text-anchor="middle">${escapeXml(yLabel)}</text>`;
  return { width: WIDTH, height: HEIGHT, body };
};

/** Panels side by side as one SVG document. */
export const lineChart = (panels: readonly Panel[]): string => figure(panels.map(linePanel));
