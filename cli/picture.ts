import { writeFileAtomic } from "../src/io/index.js";
import { lineChart, type Panel, svgToPng, terminalChart } from "../src/viz/index.js";

/** Writes NAME.svg and NAME.png, and shows the panels in the terminal unless nobody wants to look. @returns the files */
export const savePicture = async (plot: string, panels: readonly Panel[], isSilent: boolean): Promise<string[]> => {
  const name = plot.replace(/\.(svg|png)$/, "");
  const svg = lineChart(panels);
  await writeFileAtomic(`${name}.svg`, svg);
  if (!isSilent) for (const panel of panels) console.log(`\n${terminalChart(panel)}`);
  const png = await svgToPng(svg);
  if (png === null) return [`${name}.svg`];
  await writeFileAtomic(`${name}.png`, png);
  return [`${name}.svg`, `${name}.png`];
};
