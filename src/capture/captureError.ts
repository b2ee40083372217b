import { callSite } from "../tensor/callSite.js";
import { CaptureError } from "../tensor/errors.js";

/** @param at an error that was made where the op was called */
export const captureError = (op: string, problem: string, hint: string, at: Error | null): CaptureError =>
  new CaptureError({
    op,
    problem,
    rule: "a captured step does the same with other numbers each time",
    args: at === null ? undefined : { "called at": callSite(at).where },
    hint,
  });
