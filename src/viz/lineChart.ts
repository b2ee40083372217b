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

const escapeXml = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

const drawPanel = ({ title, xLabel, yLabel, series }: Panel, left: number): string => {
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
    const dots =
      isScatter || finite.length <= 40
        ? finite
            .map(([x, y]) => `<circle cx="${px(x)}" cy="${py(y)}" r="${isScatter ? 2.5 : 3}" fill="${color}"/>`)
            .join("")
        : "";
    if (isScatter) return dots;
    return `<polyline fill="none" stroke="${color}" stroke-width="2" stroke-linejoin="round" points="${finite.map(([x, y]) => `${px(x)},${py(y)}`).join(" ")}"/>${dots}`;
  });
  const legend = series.map(
    ({ name, color }, i) =>
      `<rect x="${MARGIN.left + i * 110}" y="26" width="10" height="10" rx="2" fill="${color}"/><text x="${MARGIN.left + 15 + i * 110}" y="35">${escapeXml(name)}</text>`,
  );
  return `<g transform="translate(${left} 0)"><text x="${MARGIN.left}" y="17" font-size="14" font-weight="bold" fill="#222">${escapeXml(title)}</text>${legend.join("")}${grid.join("")}<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${base}" y2="${base}" stroke="#999"/>${marks.join("")}<text x="${MARGIN.left + innerW / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escapeXml(xLabel)}</text><text transform="translate(14 ${MARGIN.top + innerH / 2}) rotate(-90)" text-anchor="middle">${escapeXml(yLabel)}</text></g>`;
};

/** Panels side by side as one SVG document; the same data gives the same bytes. */
export const lineChart = (panels: readonly Panel[]): string => {
  const width = WIDTH * panels.length;
  const body = panels.map((panel, i) => drawPanel(panel, i * WIDTH)).join("\n");
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${HEIGHT}" viewBox="0 0 ${width} ${HEIGHT}" font-family="DejaVu Sans, Verdana, sans-serif" font-size="11" fill="#555">\n<rect width="${width}" height="${HEIGHT}" fill="white"/>\n${body}\n</svg>\n`;
};
