import { CaptureError } from "../tensor/errors.js";

/** Where the library's own files are; in a bundle they cannot be told from the program's. */
const library = new URL("..", import.meta.url).href.replace("file://", "");

/** The innermost line of a stack that is not the library's own, or null. */
const callSite = ({ stack = "" }: Error): string | null => {
  const frames = stack.split("\n").filter((line) => /^\s+at |@/.test(line));
  const frame = frames.find((line) => !line.includes(library) && !line.includes("node:internal"));
  return frame?.trim().replace(/^at /, "") ?? null;
};

/** @param at an error that was made where the op was called */
export const captureError = (op: string, problem: string, hint: string, at: Error | null): CaptureError => {
  const place = at === null ? null : callSite(at);
  return new CaptureError({
    op,
    problem,
    rule: "a captured step does the same with other numbers each time",
    args: place === null ? undefined : { "called at": place },
    hint,
  });
};
