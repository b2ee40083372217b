import { drawablePoints, type Panel } from "./lineChart.js";
import { scaleFor } from "./scale.js";

/** Bits of a braille cell: two columns of four dots. */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;

/** Characters beside the picture: the range of y. */
const LABEL_WIDTH = 9;

/** A panel drawn with braille dots: 8 lines high by default, the range of y at the left and of x below. */
export const terminalChart = (panel: Panel, width = 56, height = 8): string => {
  const series = panel.series.map((one) => ({ ...one, points: drawablePoints(one, panel) }));
  const points = series.flatMap((one) => one.points);
  if (points.length === 0) return `${" ".repeat(LABEL_WIDTH + 1)}${panel.title}: nothing to draw`;
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [x, y] = [scaleFor(xs, "linear", 0), scaleFor(ys, panel.yScale, 0)];
  const cells = Array.from({ length: height }, () => new Uint8Array(width));
  const [columns, rows] = [width * 2 - 1, height * 4 - 1];
  const plot = (column: number, row: number): void => {
    const line = cells[row >> 2] as Uint8Array;
    line[column >> 1] = (line[column >> 1] as number) | (DOTS[column & 1]?.[row & 3] as number);
  };
  const placeOf = ([px, py]: readonly [number, number]): [column: number, row: number] => [
    Math.round(x.place(px) * columns),
    Math.round((1 - y.place(py)) * rows),
  ];
  for (const { points: line, isScatter } of series) {
    line.forEach((point, i) => {
      const [column, row] = placeOf(point);
      const [toColumn, toRow] = placeOf(isScatter ? point : (line[i + 1] ?? point));
      const steps = Math.max(Math.abs(toColumn - column), Math.abs(toRow - row), 1);
      for (let step = 0; step <= steps; step++)
        plot(
          Math.round(column + ((toColumn - column) * step) / steps),
          Math.round(row + ((toRow - row) * step) / steps),
        );
    });
  }
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  const label = (row: number): string =>
    (row === 0 ? high : row === height - 1 ? low : null)?.toPrecision(3).padStart(LABEL_WIDTH) ??
    " ".repeat(LABEL_WIDTH);
  const [first, last] = [Math.min(...xs), Math.max(...xs)].map((end) => String(Number(end.toPrecision(3)))) as [
    string,
    string,
  ];
  const gap = Math.max(4, width - first.length - panel.xLabel.length - last.length);
  const below = `${first}${" ".repeat(gap >> 1)}${panel.xLabel}${" ".repeat(gap - (gap >> 1))}${last}`;
  const edge = " ".repeat(LABEL_WIDTH + 1);
  return [
    `${edge}${panel.title}: ${series.map(({ name }) => name).join(", ")}`,
    ...cells.map((line, row) => `${label(row)} ${String.fromCharCode(...Array.from(line, (bits) => 0x2800 + bits))}`),
    edge + below,
  ].join("\n");
};
