import { access, constants } from "node:fs/promises";
import { dirname } from "node:path";
import { WriteError, writeFileAtomic } from "../src/io/index.js";
import { lineChart, type Panel, svgToPng, terminalChart } from "../src/viz/index.js";

const baseOf = (plot: string): string => plot.replace(/\.(svg|png)$/, "");

/** @throws WriteError where the picture could not be written: better before hours of training than after */
export const checkPicturePlace = async (plot: string): Promise<void> => {
  const path = `${baseOf(plot)}.svg`;
  try {
    await access(dirname(path), constants.W_OK);
  } catch (error) {
    throw WriteError.from(path, error);
  }
};

export interface SavedPicture {
  /** What was written, whole. */
  readonly files: readonly string[];
  /** Why not all of it, or null: the results are told first. */
  readonly failure: WriteError | null;
}

/** Writes NAME.svg and NAME.png, and shows the panels in the terminal unless nobody wants to look. */
export const savePicture = async (plot: string, panels: readonly Panel[], isSilent: boolean): Promise<SavedPicture> => {
  const svg = lineChart(panels);
  if (!isSilent) for (const panel of panels) console.log(`\n${terminalChart(panel)}`);
  const files: string[] = [];
  try {
    const write = async (path: string, content: string | Uint8Array): Promise<void> => {
      await writeFileAtomic(path, content);
      files.push(path);
    };
    await write(`${baseOf(plot)}.svg`, svg);
    const png = await svgToPng(svg);
    if (png !== null) await write(`${baseOf(plot)}.png`, png);
    return { files, failure: null };
  } catch (failure) {
    if (!(failure instanceof WriteError)) throw failure;
    return { files, failure };
  }
};

/** "picture: a.svg, a.png" */
export const pictureNote = ({ files }: SavedPicture): string =>
  files.length === 0 ? "" : `\npicture: ${files.join(", ")}`;
