import { imageElement } from "./encodePng.js";
import { type Drawing, escapeXml, titleAt } from "./figure.js";

const LEFT = 16;
const TOP = 34;

export interface ImageGridOptions {
  readonly title: string;
  /** Images a row. */
  readonly columns: number;
  /** Side of an image in the figure, pixels. Default 40. */
  readonly size?: number;
  /** A word below each image. Default none. */
  readonly labels?: readonly string[];
}

/**
 * Grey images in rows and columns.
 *
 * @param images values from 0 (black) to 1 (white); what lies outside is cut
 * @param shape [N, height, width]
 */
export const imageGrid = async (
  images: ArrayLike<number>,
  [n, h, w]: readonly [number, number, number],
  { title, columns, size = 40, labels }: ImageGridOptions,
): Promise<Drawing> => {
  const rows = Math.ceil(n / columns);
  const [gapX, gapY] = [1, labels === undefined ? 1 : 16];
  const [cellW, cellH] = [size + gapX, size + gapY];
  // Without labels the images are one picture, which is much smaller than many.
  const cells: readonly (readonly number[])[] =
    labels === undefined ? [Array.from({ length: n }, (_, i) => i)] : Array.from({ length: n }, (_, i) => [i]);
  const parts = await Promise.all(
    cells.map(async (members, cell) => {
      const across = Math.min(columns, members.length);
      const down = Math.ceil(members.length / columns);
      const pixels = new Uint8Array(across * down * h * w).fill(255);
      members.forEach((image, k) => {
        const [column, row] = [k % columns, Math.floor(k / columns)];
        for (let y = 0; y < h; y++)
          for (let x = 0; x < w; x++)
            pixels[((row * h + y) * across + column) * w + x] =
              255 * Math.min(1, Math.max(0, images[(image * h + y) * w + x] as number));
      });
      const [left, top] = [LEFT + (cell % columns) * cellW, TOP + Math.floor(cell / columns) * cellH];
      const picture = await imageElement(pixels, [across * w, down * h], {
        x: left,
        y: top,
        width: across * cellW - gapX,
        height: labels === undefined ? down * cellH - gapY : size,
      });
      const label = labels?.[cell];
      return label === undefined
        ? picture
        : `${picture}<text x="${left + size / 2}" y="${top + size + 12}" text-anchor="middle" font-size="10">${escapeXml(label)}</text>`;
    }),
  );
  return {
    width: 2 * LEFT + columns * cellW,
    height: TOP + rows * cellH + 12,
    body: `${titleAt(LEFT, title)}${parts.join("")}`,
  };
};
