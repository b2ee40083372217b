export { type Color, classColors, colorOf, tint } from "./colors.js";
export { type FieldOptions, type FieldPoint, fieldPanel } from "./fieldPanel.js";
export { type Drawing, figure } from "./figure.js";
export { type ImageGridOptions, imageGrid } from "./imageGrid.js";
export { lineChart, linePanel, type Panel, type Series } from "./lineChart.js";
export { type MatrixOptions, matrixPanel } from "./matrixPanel.js";
export { svgToPng } from "./png.js";
export { terminalChart } from "./terminalChart.js";
export { type Span, textPanel } from "./textPanel.js";
