/** Special functions in float64, by series and continued fractions whose terms shrink below rounding. */

const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

/** erf by its Taylor series, all terms positive in the form used (good up to 3). */
const erfSeries = (x: number): number => {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return TWO_OVER_SQRT_PI * Math.exp(-x * x) * sum;
};

/** erfc for x ≥ 2 by its continued fraction, evaluated from the far end. */
const erfcFraction = (x: number): number => {
  let f = x;
  for (let k = 120; k >= 1; k--) f = x + k / 2 / f;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * f);
};

export const erf = (x: number): number => {
  if (Number.isNaN(x)) return x;
  const a = Math.abs(x);
  if (a < 2) return a === 0 ? x : Math.sign(x) * erfSeries(a);
  return Math.sign(x) * (a > 6 ? 1 : 1 - erfcFraction(a));
};

export const erfc = (x: number): number => {
  if (Number.isNaN(x)) return x;
  if (x < 0.5) return 1 - erf(x);
  if (x > 27.3) return 0;
  return x < 2 ? 1 - erfSeries(x) : erfcFraction(x);
};

/** Newton's method on erf (erfc in the tail), from a closed approximation. */
export const erfinv = (y: number): number => {
  if (!(Math.abs(y) <= 1)) return Number.NaN;
  if (Math.abs(y) === 1) return y * Number.POSITIVE_INFINITY;
  if (y === 0) return y;
  const a = Math.abs(y);
  const l = Math.log1p(-a * a);
  const c = 2 / (Math.PI * 0.147) + l / 2;
  let x = Math.sqrt(Math.sqrt(c * c - l / 0.147) - c);
  for (let i = 0; i < 4; i++) {
    const error = a < 0.9 ? erf(x) - a : 1 - a - erfc(x);
    const step = error / (TWO_OVER_SQRT_PI * Math.exp(-x * x));
    x -= step / (1 + x * step);
  }
  return Math.sign(y) * x;
};

const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];

/** ζ(k) − 1 from k = 2 on. */
const ZETA_LESS_1 = [
  0.6449340668482264, 0.2020569031595943, 0.08232323371113819, 0.03692775514336993, 0.01734306198444914,
  0.008349277381922827, 0.00407735619794434, 0.0020083928260822143, 0.0009945751278180853, 0.0004941886041194645,
  0.0002460865533080483, 0.00012271334757848915, 6.124813505870483e-5, 3.058823630702049e-5, 1.528225940865187e-5,
  7.637197637899763e-6, 3.81729326499984e-6, 1.908212716553939e-6, 9.539620338727962e-7, 4.769329867878064e-7,
  2.38450502727733e-7, 1.1921992596531106e-7, 5.960818905125948e-8, 2.980350351465228e-8,
];
const ONE_LESS_EULER = 0.42278433509846713;

/** ln Γ(2 + z) for |z| ≤ ½ by its power series, exact beside its zero. */
const lgammaNear2 = (z: number): number => {
  let sum = 0;
  for (let k = ZETA_LESS_1.length + 1; k >= 2; k--)
    sum = z * (sum + (k % 2 === 0 ? 1 : -1) * ((ZETA_LESS_1[k - 2] as number) / k));
  return z * (ONE_LESS_EULER + sum);
};

/** ln |Γ(x)|: the power series around 2, Stirling's above 10, the recurrence between, the reflection for negative x. */
export const lgamma = (x: number): number => {
  if (Number.isNaN(x)) return x;
  if (!Number.isFinite(x)) return Number.POSITIVE_INFINITY;
  if (x <= 0 && Number.isInteger(x)) return Number.POSITIVE_INFINITY;
  if (x === 1 || x === 2) return 0;
  if (x >= 1.5 && x <= 2.5) return lgammaNear2(x - 2);
  if (x >= 0.5 && x < 1.5) return lgammaNear2(x - 1) - Math.log1p(x - 1);
  if (x < 0.5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - lgamma(1 - x);
  let z = x;
  let product = 1;
  while (z < 10) product *= z++;
  let series = 0;
  for (let i = STIRLING.length - 1; i >= 0; i--) series = series / (z * z) + (STIRLING[i] as number);
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series / z - Math.log(product);
};

export const digamma = (x: number): number => {
  if (x === 0) return Object.is(x, -0) ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  if (x < 0) return Number.isInteger(x) ? Number.NaN : digamma(1 - x) - Math.PI / Math.tan(Math.PI * x);
  let z = x;
  let sum = 0;
  while (z < 10) sum -= 1 / z++;
  const w = 1 / (z * z);
  const tail =
    w * (1 / 12 - w * (1 / 120 - w * (1 / 252 - w * (1 / 240 - w * (1 / 132 - w * (691 / 32760 - w / 12))))));
  return sum + Math.log(z) - 0.5 / z - tail;
};

/** Bernoulli numbers B₂, B₄, … of the asymptotic series. */
const BERNOULLI = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798];

const factorial = (n: number): number => {
  let product = 1;
  for (let k = 2; k <= n; k++) product *= k;
  return product;
};

/** The nth derivative of digamma, n ≥ 1: the recurrence up to where the asymptotic series is exact. */
export const polygamma = (n: number, x: number): number => {
  if (Number.isNaN(x)) return x;
  if (n === 0) return digamma(x);
  if (x <= 0) {
    if (Number.isInteger(x)) return n % 2 === 1 ? Number.POSITIVE_INFINITY : Number.NaN;
    if (n === 1) return (Math.PI / Math.sin(Math.PI * x)) ** 2 - polygamma(1, 1 - x);
  }
  const sign = n % 2 === 1 ? 1 : -1;
  let z = x;
  let sum = 0;
  while (z < 12 + n) sum += 1 / (z++) ** (n + 1);
  let tail = factorial(n - 1) / z ** n + factorial(n) / (2 * z ** (n + 1));
  let rising = factorial(n + 1) / 2;
  for (const [i, b] of BERNOULLI.entries()) {
    const k = 2 * (i + 1);
    tail += (b * rising) / z ** (k + n);
    rising *= ((k + n) * (k + n + 1)) / ((k + 1) * (k + 2));
  }
  return sign * (factorial(n) * sum + tail);
};
