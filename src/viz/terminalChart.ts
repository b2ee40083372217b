import type { Panel } from "./lineChart.js";

/** Bits of a braille cell: two columns of four dots. */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;

/** A panel drawn with braille dots: 8 lines high by default, the range of y at the left. */
export const terminalChart = ({ title, series }: Panel, width = 56, height = 8): string => {
  const points = series.flatMap((s) => s.points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y)));
  if (points.length === 0) return title;
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const cells = Array.from({ length: height }, () => new Uint8Array(width));
  const plot = (x: number, y: number): void => {
    const column = Math.round(((x - x0) / (x1 - x0 || 1)) * (width * 2 - 1));
    const row = Math.round((1 - (y - y0) / (y1 - y0 || 1)) * (height * 4 - 1));
    const line = cells[row >> 2] as Uint8Array;
    line[column >> 1] = (line[column >> 1] as number) | (DOTS[column & 1]?.[row & 3] as number);
  };
  for (const { points: line, isScatter } of series) {
    line.forEach(([x, y], i) => {
      const [nextX, nextY] = isScatter ? [x, y] : (line[i + 1] ?? [x, y]);
      for (let step = 0; step <= 64; step++) plot(x + ((nextX - x) * step) / 64, y + ((nextY - y) * step) / 64);
    });
  }
  const label = (row: number): string =>
    (row === 0 ? y1 : row === height - 1 ? y0 : null)?.toPrecision(3).padStart(9) ?? " ".repeat(9);
  const lines = cells.map(
    (line, row) => `${label(row)} ${String.fromCharCode(...Array.from(line, (bits) => 0x2800 + bits))}`,
  );
  return [`${" ".repeat(10)}${title}: ${series.map(({ name }) => name).join(", ")}`, ...lines].join("\n");
};
