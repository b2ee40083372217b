import { type Drawing, escapeXml, titleAt } from "./figure.js";

/** A piece of text in one colour. */
export interface Span {
  readonly text: string;
  /** Default "#222". */
  readonly color?: string;
}

const LEFT = 16;
const TOP = 46;
const LINE = 16;
/** Width of a letter of 11 pixels in a font whose letters are all as wide. */
const LETTER = 6.7;
/** About as wide as a letter of the title. */
const TITLE_LETTER = 9.3;

/** Lines of text, letter below letter. */
export const textPanel = (title: string, lines: readonly (string | readonly Span[])[]): Drawing => {
  const spans = lines.map((line) => (typeof line === "string" ? [{ text: line }] : line));
  const lengthOf = (line: readonly Span[]): number => line.reduce((n, { text }) => n + text.length, 0);
  const texts = spans.map((line, i) => {
    let column = 0;
    const pieces = line.map(({ text, color = "#222" }) => {
      // Each piece gets its place, so that the font at hand does not move what follows.
      const piece = `<tspan x="${(LEFT + column * LETTER).toFixed(1)}" fill="${color}" textLength="${(text.length * LETTER).toFixed(1)}">${escapeXml(text)}</tspan>`;
      column += text.length;
      return text.trim() === "" ? "" : piece;
    });
    return `<text xml:space="preserve" y="${TOP + i * LINE}">${pieces.join("")}</text>`;
  });
  return {
    width: Math.ceil(2 * LEFT + Math.max(TITLE_LETTER * title.length, LETTER * Math.max(...spans.map(lengthOf)))),
    height: TOP + LINE * lines.length,
    body: `${titleAt(LEFT, title)}<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace">${texts.join("")}</g>`,
  };
};
