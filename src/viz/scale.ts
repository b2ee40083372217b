/** Where values lie along an axis, and which of them are labelled. */
export interface Scale {
  /** A value's place: 0 at the lower end, 1 at the upper. */
  place(value: number): number;
  readonly ticks: readonly Tick[];
}

export interface Tick {
  readonly value: number;
  readonly label: string;
}

/** Steps of 1, 2 or 5 times a power of ten, about five of them; whole ones where nothing lies between whole numbers. */
const stepFor = (low: number, high: number, isWhole: boolean): number => {
  const rough = (high - low) / 5 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((m) => m * power >= rough) as number);
  return isWhole ? Math.max(1, step) : step;
};

const isLong = (value: number): boolean => value !== 0 && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e6);

/** With so many decimals; what would be long, with an exponent. */
const labelOf = (value: number, decimals: number): string =>
  isLong(value) ? value.toExponential().replace("e+", "e") : value.toFixed(decimals);

const ticksBetween = (low: number, high: number, isWhole: boolean): Tick[] => {
  const step = stepFor(low, high, isWhole);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const value = Number(((first + i) * step).toPrecision(12));
    return { value, label: labelOf(value, Math.min(decimals, 20)) };
  });
};

/**
 * Powers of ten, about five of them; their doubles and fives too over less than two decades, and equal steps where even of
 * those there are not two. low and high are logarithms.
 */
const powersBetween = (low: number, high: number): Tick[] => {
  const decades = high - low;
  const every = Math.max(1, Math.ceil(decades / 6));
  const factors = decades < 2 ? [1, 2, 5] : [1];
  const ticks: Tick[] = [];
  for (let power = Math.floor(low); power <= Math.ceil(high); power++) {
    if (power % every !== 0) continue;
    for (const factor of factors) {
      const value = Number(`${factor}e${power}`);
      if (Math.log10(value) >= low && Math.log10(value) <= high)
        ticks.push({ value, label: labelOf(value, Math.max(0, -power)) });
    }
  }
  return ticks.length >= 2 ? ticks : ticksBetween(10 ** low, 10 ** high, false);
};

/** The finite values' range with a share of it as room at both ends. */
const rangeOf = (values: readonly number[], room: number): [number, number] => {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return [0, 1];
  const low = finite.reduce((a, b) => Math.min(a, b));
  const high = finite.reduce((a, b) => Math.max(a, b));
  const space = (high - low) * room || (room > 0 || high === low ? Math.abs(high) * 0.04 || 1 : 0);
  return [low - space, high + space];
};

/**
 * The scale over these values; NaN and infinities do not count, nor do values up to 0 on a logarithmic one.
 *
 * @param room share of the range that is left free at either end
 */
export const scaleFor = (values: readonly number[], kind: "linear" | "log" = "linear", room = 0.04): Scale => {
  if (kind === "log") {
    const [low, high] = rangeOf(values.filter((v) => v > 0).map(Math.log10), room);
    return { place: (v) => (Math.log10(v) - low) / (high - low), ticks: powersBetween(low, high) };
  }
  const [low, high] = rangeOf(values, room);
  return { place: (v) => (v - low) / (high - low), ticks: ticksBetween(low, high, values.every(Number.isInteger)) };
};
