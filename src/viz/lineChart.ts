import { type Drawing, escapeXml, figure, titleAt } from "./figure.js";
import { type Scale, scaleFor } from "./scale.js";

/** A named line through points, in order; what is not finite is left out. */
export interface Series {
  readonly name: string;
  readonly color: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Points instead of a line. Default false. */
  readonly isScatter?: boolean | undefined;
}

export interface Panel {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
  /** Default "linear". Values up to 0 have no place on a logarithmic scale. */
  readonly yScale?: "linear" | "log" | undefined;
}

/** @internal The points of a series that have a place in the panel. */
export const drawablePoints = ({ points }: Series, { yScale }: Panel): (readonly [number, number])[] =>
  points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y) && (yScale !== "log" || y > 0));

const WIDTH = 420;
const HEIGHT = 320;
const MARGIN = { top: 44, right: 18, bottom: 46, left: 62 };
const INNER = { width: WIDTH - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom };
const BASE = MARGIN.top + INNER.height;
/** Lines with so many points at most show each of them. */
const MAX_DOTS = 40;
const LEGEND_GAP = 14;
/** About as wide as a letter of the legend is, px. */
const LETTER = 7;

interface Axes {
  readonly px: (x: number) => string;
  readonly py: (y: number) => string;
}

const axesOf = (x: Scale, y: Scale): Axes => ({
  px: (value) => (MARGIN.left + x.place(value) * INNER.width).toFixed(1),
  py: (value) => (MARGIN.top + (1 - y.place(value)) * INNER.height).toFixed(1),
});

const drawGrid = (x: Scale, y: Scale, { px, py }: Axes): string[] => [
  ...y.ticks.map(
    ({ value, label }) =>
      `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${py(value)}" y2="${py(value)}" stroke="#e5e5e5"/><text x="${MARGIN.left - 8}" y="${py(value)}" dy="4" text-anchor="end">${label}</text>`,
  ),
  ...x.ticks.map(
    ({ value, label }) =>
      `<line x1="${px(value)}" x2="${px(value)}" y1="${BASE}" y2="${BASE + 5}" stroke="#999"/><text x="${px(value)}" y="${BASE + 19}" text-anchor="middle">${label}</text>`,
  ),
  `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${BASE}" y2="${BASE}" stroke="#999"/>`,
];

const drawSeries = (series: Series, panel: Panel, { px, py }: Axes): string => {
  const { color, isScatter = false } = series;
  const points = drawablePoints(series, panel);
  const dot = ([x, y]: readonly [number, number]): string =>
    `<circle cx="${px(x)}" cy="${py(y)}" r="${isScatter ? 2.5 : 3}" fill="${color}"/>`;
  const dots = isScatter || points.length <= MAX_DOTS ? points.map(dot).join("") : "";
  if (isScatter) return dots;
  const path = points.map(([x, y]) => `${px(x)},${py(y)}`).join(" ");
  return `<polyline fill="none" stroke="${color}" stroke-width="2" stroke-linejoin="round" points="${path}"/>${dots}`;
};

const drawLegend = (series: readonly Series[]): string => {
  let left = MARGIN.left;
  return series
    .map(({ name, color }) => {
      const at = left;
      left += 15 + LETTER * name.length + LEGEND_GAP;
      return `<rect x="${at}" y="25" width="10" height="10" rx="2" fill="${color}"/><text x="${at + 15}" y="34">${escapeXml(name)}</text>`;
    })
    .join("");
};

/** Lines and points over labelled axes. */
export const linePanel = (panel: Panel): Drawing => {
  const points = panel.series.flatMap((series) => drawablePoints(series, panel));
  const x = scaleFor(points.map((point) => point[0]));
  const y = scaleFor(
    points.map((point) => point[1]),
    panel.yScale,
  );
  const axes = axesOf(x, y);
  const body = [
    titleAt(MARGIN.left, panel.title),
    drawLegend(panel.series),
    ...drawGrid(x, y, axes),
    ...panel.series.map((series) => drawSeries(series, panel, axes)),
    `<text x="${MARGIN.left + INNER.width / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escapeXml(panel.xLabel)}</text>`,
    `<text transform="translate(14 ${MARGIN.top + INNER.height / 2}) rotate(-90)" text-anchor="middle">${escapeXml(panel.yLabel)}</text>`,
  ].join("");
  return { width: WIDTH, height: HEIGHT, body };
};

/** Panels side by side as one SVG document. */
export const lineChart = (panels: readonly Panel[]): string => figure(panels.map(linePanel));
