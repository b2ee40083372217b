/** Modified Bessel functions of the first kind, of order 0 and 1, in float64. */

/** Σ (x²/4)ᵏ / (k! (k + order)!), times (x/2)^order: all terms have one sign, so nothing cancels. */
const series = (order: number, x: number): number => {
  let term = (x / 2) ** order;
  let sum = term;
  for (let k = 1; Math.abs(term) > Math.abs(sum) * 1e-17; k++) {
    term *= (x * x) / 4 / (k * (k + order));
    sum += term;
  }
  return sum;
};

/** e⁻ˣ · I(x) for x from 30 up, where the asymptotic series shrinks below rounding. */
const asymptotic = (order: number, x: number): number => {
  let term = 1;
  let sum = 1;
  for (let k = 1; k < 60 && Math.abs(term) > 1e-17; k++) {
    term *= ((2 * k - 1) ** 2 - 4 * order * order) / (8 * k * x);
    sum += term;
  }
  return sum / Math.sqrt(2 * Math.PI * x);
};

const LARGE = 30;

/** e^−|x| · I(x) */
const scaled = (order: number, x: number): number => {
  if (Number.isNaN(x)) return x;
  const a = Math.abs(x);
  const y = a === Number.POSITIVE_INFINITY ? 0 : a > LARGE ? asymptotic(order, a) : Math.exp(-a) * series(order, a);
  return order === 1 && x < 0 ? -y : y;
};

const unscaled = (order: number, x: number): number => {
  const a = Math.abs(x);
  if (!(a > LARGE)) return series(order, x);
  // e^a in two halves, since it overflows before I does.
  const half = Math.exp(a / 2);
  const y = asymptotic(order, a) * half * half;
  return order === 1 && x < 0 ? -y : y;
};

export const i0 = (x: number): number => (Math.abs(x) === Number.POSITIVE_INFINITY ? Math.abs(x) : unscaled(0, x));
export const i1 = (x: number): number => (Math.abs(x) === Number.POSITIVE_INFINITY ? x : unscaled(1, x));
export const i0e = (x: number): number => scaled(0, x);
export const i1e = (x: number): number => scaled(1, x);
