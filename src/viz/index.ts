export { lineChart, type Panel, type Series } from "./lineChart.js";
export { svgToPng } from "./png.js";
export { terminalChart } from "./terminalChart.js";
