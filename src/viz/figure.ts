/** A part of a figure: SVG elements in a box of so many pixels. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly body: string;
}

export const escapeXml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** The title that every part of a figure has at its top. */
export const titleAt = (x: number, title: string): string =>
  `<text x="${x}" y="17" font-size="14" font-weight="bold" fill="#222">${escapeXml(title)}</text>`;

/** Drawings side by side as one SVG document; the same data gives the same bytes. */
export const figure = (drawings: readonly Drawing[]): string => {
  const width = drawings.reduce((sum, drawing) => sum + drawing.width, 0);
  const height = Math.max(0, ...drawings.map((drawing) => drawing.height));
  let left = 0;
  const parts = drawings.map((drawing) => {
    const part = `<g transform="translate(${left} 0)">${drawing.body}</g>`;
    left += drawing.width;
    return part;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="DejaVu Sans, Verdana, sans-serif" font-size="11" fill="#555">\n<rect width="${width}" height="${height}" fill="white"/>\n${parts.join("\n")}\n</svg>\n`;
};
