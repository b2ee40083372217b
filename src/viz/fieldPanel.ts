import type { Color } from "./colors.js";
import { imageElement } from "./encodePng.js";
import { type Drawing, titleAt } from "./figure.js";

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
