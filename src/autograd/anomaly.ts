import type { Tensor } from "../tensor/tensor.js";

let enabled = false;

/** Whether every op notes where it was called, so that backward can name the line behind a NaN. */
export const isAnomalyEnabled = (): boolean => enabled;

/**
 * Runs `fn` in anomaly mode: backward stops at the first gradient that is NaN and names the op and the line that called it.
 *
 * @source torch.autograd.detect_anomaly
 */
export const detectAnomaly = <T>(fn: () => T): T => {
  const before = enabled;
  enabled = true;
  try {
    return fn();
  } finally {
    enabled = before;
  }
};

/** @internal The call site of the op that is being recorded, or null when nobody asked. */
export const anomalyOrigin = (): string | null => (enabled ? (new Error("called here").stack ?? null) : null);

/** @internal The smallest and largest finite value of x, and how many are not finite. */
export const rangeOf = (x: Tensor): string => {
  const values = Array.from(x.toTypedArray(), Number);
  const finite = values.filter(Number.isFinite);
  const strange = values.length - finite.length;
  const range =
    finite.length === 0
      ? "none finite"
      : `${finite.reduce((a, b) => Math.min(a, b))} to ${finite.reduce((a, b) => Math.max(a, b))}`;
  return strange === 0 ? range : `${range}, ${strange} of ${values.length} NaN or infinite`;
};
