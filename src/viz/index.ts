export { type Drawing, figure } from "./figure.js";
export {
  type Color,
  classColors,
  colorOf,
  type FieldOptions,
  type FieldPoint,
  fieldPanel,
  type MatrixOptions,
  matrixPanel,
  tint,
} from "./heatMap.js";
export { type ImageGridOptions, imageGrid } from "./imageGrid.js";
export { lineChart, linePanel, type Panel, type Series } from "./lineChart.js";
export { svgToPng } from "./png.js";
export { terminalChart } from "./terminalChart.js";
export { type Span, textPanel } from "./textPanel.js";
