import type { OptimizerOp, StepScalars } from "../ops.js";

/** One element's step: its value, its gradient and its states, which it changes. @returns the new value */
type ElementStep = (p: number, grad: number, s: Float64Array) => number;

const signed = (grad: number, c: StepScalars): number => (c.maximize ? -grad : grad);

/** g with the pull towards 0 in it. */
const decayed = (p: number, grad: number, c: StepScalars): number => signed(grad, c) + of(c, "decay") * p;

const of = (c: StepScalars, name: string): number => c[name] as number;

/** s[i] ← s[i] + (value − s[i]) · (1 − beta). */
const average = (s: Float64Array, i: number, value: number, beta: number): number => {
  const mean = (s[i] as number) * beta + value * (1 - beta);
  s[i] = mean;
  return mean;
};

/** Each optimizer's step for one element, in float64. The states and scalars are those that its file in src/optim names. */
export const elementSteps: Readonly<Record<OptimizerOp, (c: StepScalars) => ElementStep>> = {
  sgd: (c) => (p, grad, s) => {
    const g = signed(grad, c) + of(c, "weightDecay") * p;
    if (s.length === 0) return p - of(c, "lr") * g;
    const v = c.isFirstStep ? g : of(c, "momentum") * (s[0] as number) + (1 - of(c, "dampening")) * g;
    s[0] = v;
    return p - of(c, "lr") * (c.nesterov ? g + of(c, "momentum") * v : v);
  },
  adam: (c) => (p, grad, s) => {
    const g = decayed(p, grad, c);
    const m = average(s, 0, g, of(c, "beta1"));
    let v = average(s, 1, g * g, of(c, "beta2"));
    if (s.length > 2) {
      v = Math.max(s[2] as number, v);
      s[2] = v;
    }
    return p * of(c, "shrink") - (of(c, "stepSize") * m) / (Math.sqrt(v) / of(c, "correction") + of(c, "eps"));
  },
  nadam: (c) => (p, grad, s) => {
    const g = decayed(p, grad, c);
    const m = average(s, 0, g, of(c, "beta1"));
    const v = average(s, 1, g * g, of(c, "beta2"));
    const divisor = Math.sqrt(v / of(c, "correction")) + of(c, "eps");
    return p * of(c, "shrink") - (of(c, "gradSize") * g + of(c, "averageSize") * m) / divisor;
  },
  radam: (c) => (p, grad, s) => {
    const g = decayed(p, grad, c);
    const m = average(s, 0, g, of(c, "beta1"));
    const v = average(s, 1, g * g, of(c, "beta2"));
    const adapted = c.isRectified ? of(c, "rectifier") / (Math.sqrt(v) + of(c, "eps")) : 1;
    return p * of(c, "shrink") - of(c, "stepSize") * m * adapted;
  },
  adamax: (c) => (p, grad, s) => {
    const g = decayed(p, grad, c);
    const m = average(s, 0, g, of(c, "beta1"));
    const largest = Math.max((s[1] as number) * of(c, "beta2"), Math.abs(g) + of(c, "eps"));
    s[1] = largest;
    return p - (of(c, "stepSize") * m) / largest;
  },
  rmsprop: (c) => (p, grad, s) => {
    const g = decayed(p, grad, c);
    let v = average(s, 0, g * g, of(c, "alpha"));
    const buffer = c.centered ? 2 : 1;
    if (c.centered) v -= average(s, 1, g, of(c, "alpha")) ** 2;
    const step = g / (Math.sqrt(v) + of(c, "eps"));
    if (!c.momentum) return p - of(c, "lr") * step;
    const moved = of(c, "momentum") * (s[buffer] as number) + step;
    s[buffer] = moved;
    return p - of(c, "lr") * moved;
  },
  adagrad: (c) => (p, grad, s) => {
    const g = decayed(p, grad, c);
    const sum = (s[0] as number) + g * g;
    s[0] = sum;
    return p - (of(c, "stepSize") * g) / (Math.sqrt(sum) + of(c, "eps"));
  },
  adadelta: (c) => (p, grad, s) => {
    const g = decayed(p, grad, c);
    const v = average(s, 0, g * g, of(c, "rho"));
    const step = (Math.sqrt((s[1] as number) + of(c, "eps")) / Math.sqrt(v + of(c, "eps"))) * g;
    average(s, 1, step * step, of(c, "rho"));
    return p - of(c, "lr") * step;
  },
  rprop: (c) => (p, grad, s) => {
    const g = signed(grad, c);
    const agreement = g * (s[0] as number);
    const factor = agreement > 0 ? of(c, "etaPlus") : agreement < 0 ? of(c, "etaMinus") : 1;
    const size = Math.min(Math.max((s[1] as number) * factor, of(c, "smallest")), of(c, "largest"));
    // Where the sign has turned, this step is left out.
    const kept = agreement < 0 ? 0 : g;
    s[0] = kept;
    s[1] = size;
    return p - Math.sign(kept) * size;
  },
  asgd: (c) => (p, grad, s) => {
    const g = decayed(p, grad, c);
    const next = p * (1 - of(c, "lambd") * of(c, "eta")) - of(c, "eta") * g;
    s[0] = (s[0] as number) + (next - (s[0] as number)) * of(c, "mu");
    return next;
  },
};

/** One step on all elements: of a parameter and its states, in place. */
export const stepThrough = (
  step: ElementStep,
  [param, ...states]: readonly Float64Array[],
  grad: Float64Array,
): void => {
  const s = new Float64Array(states.length);
  grad.forEach((g, i) => {
    states.forEach((values, k) => {
      s[k] = values[i] as number;
    });
    (param as Float64Array)[i] = step(param?.[i] as number, g, s);
    states.forEach((values, k) => {
      values[i] = s[k] as number;
    });
  });
};
