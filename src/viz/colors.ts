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
