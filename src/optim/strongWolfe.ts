/** A point on the search line: step, loss, slope along the direction. */
export interface Probe<G> {
  readonly t: number;
  readonly loss: number;
  readonly slope: number;
  readonly grad: G;
}

export interface WolfeOptions {
  /** Least share of the slope by which the loss falls. */
  readonly c1: number;
  /** Largest share of the slope that is left. */
  readonly c2: number;
  readonly tolerance: number;
  readonly maxSteps: number;
}

/** The least point of the cubic through two probes, or their middle, within bounds. */
const cubicMinimum = <G>(a: Probe<G>, b: Probe<G>, low: number, high: number): number => {
  const [left, right] = a.t <= b.t ? [a, b] : [b, a];
  const d1 = left.slope + right.slope - (3 * (left.loss - right.loss)) / (left.t - right.t);
  const square = d1 * d1 - left.slope * right.slope;
  if (!(square >= 0)) return (low + high) / 2;
  const d2 = Math.sqrt(square);
  const least = right.t - (right.t - left.t) * ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2));
  return Math.min(Math.max(least, low), high);
};

/**
 * A step along a line where the loss has fallen enough and the slope is flat enough.
 *
 * First the step grows until it brackets such a point, then the bracket shrinks around it.
 *
 * @source Nocedal & Wright, Numerical Optimization, algorithms 3.5 and 3.6
 */
export const strongWolfe = <G>(
  evaluate: (t: number) => Probe<G>,
  start: Probe<G>,
  firstStep: number,
  reach: number,
  { c1, c2, tolerance, maxSteps }: WolfeOptions,
): Probe<G> => {
  const fallsEnough = ({ t, loss }: Probe<G>): boolean => loss <= start.loss + c1 * t * start.slope;
  const isFlat = ({ slope }: Probe<G>): boolean => Math.abs(slope) <= -c2 * start.slope;
  let before = start;
  let now = evaluate(firstStep);
  let bracket: [Probe<G>, Probe<G>] | null = null;
  let steps = 0;
  for (; steps < maxSteps && bracket === null; steps++) {
    if (!fallsEnough(now) || (steps > 0 && now.loss >= before.loss)) bracket = [before, now];
    else if (isFlat(now)) return now;
    else if (now.slope >= 0) bracket = [before, now];
    else {
      const next = cubicMinimum(before, now, now.t + 0.01 * (now.t - before.t), now.t * 10);
      before = now;
      now = evaluate(next);
    }
  }
  let [best, other] = bracket ?? [start, now];
  if (best.loss > other.loss) [best, other] = [other, best];
  let isStuck = false;
  for (; steps < maxSteps; steps++) {
    const [low, high] = [Math.min(best.t, other.t), Math.max(best.t, other.t)];
    if ((high - low) * reach < tolerance) break;
    let t = cubicMinimum(best, other, low, high);
    // Too near to an end for a second time: move away from it.
    const margin = 0.1 * (high - low);
    if (Math.min(high - t, t - low) < margin) {
      if (isStuck || t >= high || t <= low) {
        t = Math.abs(t - high) < Math.abs(t - low) ? high - margin : low + margin;
        isStuck = false;
      } else isStuck = true;
    } else isStuck = false;
    const probe = evaluate(t);
    if (!fallsEnough(probe) || probe.loss >= best.loss) other = probe;
    else {
      if (isFlat(probe)) return probe;
      if (probe.slope * (other.t - best.t) >= 0) other = best;
      best = probe;
    }
    if (best.loss > other.loss) [best, other] = [other, best];
  }
  return best;
};
