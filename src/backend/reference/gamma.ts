import { digamma, erfc, lgamma } from "./special.js";

/** Functions around Γ and the normal distribution in float64. */

/** eˣ² · erfc(x), finite where erfc is not: the continued fraction from 2 on, the definition below. */
export const erfcx = (x: number): number => {
  if (Number.isNaN(x)) return x;
  if (x < 2) return x < -26.7 ? Number.POSITIVE_INFINITY : Math.exp(x * x) * erfc(x);
  if (x > 1e8) return 1 / (x * Math.sqrt(Math.PI));
  let f = x;
  for (let k = 120; k >= 1; k--) f = x + k / 2 / f;
  return 1 / (Math.sqrt(Math.PI) * f);
};

/** ln of the share of the normal distribution below x. */
export const logNdtr = (x: number): number => {
  const t = x * Math.SQRT1_2;
  return x < -1 ? Math.log(erfcx(-t) / 2) - t * t : Math.log1p(-erfc(t) / 2);
};

/** The x below which a share p of the normal distribution lies: Halley's method on the nearer tail. */
export const ndtri = (p: number): number => {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  if (p === 0) return Number.NEGATIVE_INFINITY;
  if (p === 1) return Number.POSITIVE_INFINITY;
  if (p > 0.5) return p === 0.5 ? 0 : -lowerTail(1 - p);
  return lowerTail(p);
};

const lowerTail = (p: number): number => {
  // A rational first guess (Abramowitz & Stegun 26.2.23), then steps in ln p, which is nearly a parabola.
  const t = Math.sqrt(-2 * Math.log(p));
  let x = -(t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))));
  for (let i = 0; i < 4; i++) {
    const tail = erfc(-x * Math.SQRT1_2) / 2;
    const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
    const step = (tail - p) / density;
    x -= step / (1 + (x * step) / 2);
  }
  return x;
};

/** B₂ₖ / (2k)! up to k = 10. */
const BERNOULLI_SHARES = [
  1 / 12,
  -1 / 720,
  1 / 30240,
  -1 / 1209600,
  1 / 47900160,
  -691 / 1307674368000,
  1 / 74724249600,
  -3617 / 10670622842880000,
  43867 / 5109094217170944000,
  -174611 / 802857662698291200000,
];

/** Hurwitz' ζ(x, q) = Σ 1 / (q + k)ˣ by Euler and Maclaurin. */
export const zeta = (x: number, q: number): number => {
  if (Number.isNaN(x) || Number.isNaN(q)) return Number.NaN;
  if (x === 1) return Number.POSITIVE_INFINITY;
  if (x < 1) return Number.NaN;
  if (q <= 0) {
    if (q === Math.floor(q)) return Number.POSITIVE_INFINITY;
    if (x !== Math.floor(x)) return Number.NaN;
  }
  let z = q;
  let sum = 0;
  for (let k = 0; k < 12 || z <= 9; k++) {
    const term = z ** -x;
    sum += term;
    z += 1;
    if (Math.abs(term) < Math.abs(sum) * 1e-17) return sum;
  }
  sum += z ** (1 - x) / (x - 1) + 0.5 * z ** -x;
  let rising = x;
  let power = z ** (-x - 1);
  for (const [i, share] of BERNOULLI_SHARES.entries()) {
    const term = share * rising * power;
    sum += term;
    if (Math.abs(term) < Math.abs(sum) * 1e-17) break;
    rising *= (x + 2 * i + 1) * (x + 2 * i + 2);
    power /= z * z;
  }
  return sum;
};

/** xᵃ · e⁻ˣ / Γ(a) without overflow: for large a through the distance of x from a. */
const density = (a: number, x: number): number => {
  if (a < 20) return Math.exp(a * Math.log(x) - x - lgamma(a));
  // a ln x − x − lnΓ(a) = ½ ln(a / 2π) − a · (μ − ln(1 + μ)) − 1/(12a) + …, μ = (x − a) / a
  const mu = (x - a) / a;
  const gap = Math.abs(mu) < 0.1 ? logGap(mu) : mu - Math.log1p(mu);
  const stirling = 1 / (12 * a) - 1 / (360 * a ** 3) + 1 / (1260 * a ** 5) - 1 / (1680 * a ** 7);
  return Math.sqrt(a / (2 * Math.PI)) * Math.exp(-a * gap - stirling);
};

/** μ − ln(1 + μ) by its series, where the difference would cancel. */
const logGap = (mu: number): number => {
  let sum = 0;
  let power = mu;
  for (let k = 2; k < 40; k++) {
    power *= -mu;
    sum -= power / k;
  }
  return sum;
};

/** P(a, x) by its series. */
const lowerSeries = (a: number, x: number): number => {
  let term = 1 / a;
  let sum = term;
  for (let k = 1; k < 100_000; k++) {
    term *= x / (a + k);
    sum += term;
    if (term < sum * 1e-17) break;
  }
  return sum * density(a, x);
};

/** Q(a, x) by Lentz' continued fraction. */
const upperFraction = (a: number, x: number): number => {
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let f = d;
  for (let k = 1; k < 100_000; k++) {
    const factor = -k * (k - a);
    b += 2;
    d = 1 / (factor * d + b);
    c = b + factor / c;
    f *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return f * density(a, x);
};

/** Where the series is the shorter way. */
const isLower = (a: number, x: number): boolean => x < a + 1;

/** P for an a so large that the series is too long: Temme's expansion, whose next term is 1/a of the last one here. */
const uniform = (a: number, x: number): number => {
  const mu = (x - a) / a;
  const eta = Math.sign(mu) * Math.sqrt(2 * (Math.abs(mu) < 0.1 ? logGap(mu) : mu - Math.log1p(mu)));
  const correction = Math.abs(mu) < 1e-4 ? -1 / 3 + eta / 12 : 1 / mu - 1 / eta;
  const rest = (Math.exp((-a * eta * eta) / 2) / Math.sqrt(2 * Math.PI * a)) * correction;
  return erfc(-eta * Math.sqrt(a / 2)) / 2 - rest;
};

const LARGE_A = 1e8;

const edge = (a: number, x: number): number | null => {
  if (Number.isNaN(a) || Number.isNaN(x) || a < 0 || x < 0) return Number.NaN;
  if (a === 0) return x > 0 ? 1 : Number.NaN;
  if (x === 0) return 0;
  if (a === Number.POSITIVE_INFINITY) return x === a ? Number.NaN : 0;
  if (x === Number.POSITIVE_INFINITY) return 1;
  return null;
};

/** The regularised lower incomplete gamma function P(a, x). */
export const gammainc = (a: number, x: number): number =>
  edge(a, x) ?? (a > LARGE_A ? uniform(a, x) : isLower(a, x) ? lowerSeries(a, x) : 1 - upperFraction(a, x));

/** The upper one, Q = 1 − P, exact where it is small. */
export const gammaincc = (a: number, x: number): number => {
  const lower = edge(a, x);
  if (lower !== null) return 1 - lower;
  if (a > LARGE_A) return 1 - uniform(a, x);
  if (!isLower(a, x)) return upperFraction(a, x);
  return a < 0.5 && x < 1.5 ? upperForSmall(a, x) : 1 - lowerSeries(a, x);
};

/** Q for small a and x: 1 − xᵃ/Γ(1+a) by expm1, and the rest of the series. */
const upperForSmall = (a: number, x: number): number => {
  let term = 1;
  let sum = 0;
  for (let k = 1; k < 200; k++) {
    term *= -x / k;
    sum += term / (a + k);
    if (Math.abs(term) < 1e-18) break;
  }
  const log = a * Math.log(x) - lgammaNear1(a);
  return -Math.expm1(log) - Math.exp(log) * a * sum;
};

/** ln Γ(1 + a). */
const lgammaNear1 = (a: number): number => {
  if (a > 1e-5) return lgamma(1 + a);
  return a * digamma(1) + (a * a * Math.PI * Math.PI) / 12;
};
