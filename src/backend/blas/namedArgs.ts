/** A kernel's arguments by name: both who calls it and the kernel itself find them so, and cannot disagree about their order. */
export const namedArgs = <Name extends string>(names: readonly Name[]) => ({
  toNumbers: (named: Readonly<Record<Name, number>>): number[] => names.map((name) => named[name]),
  fromNumbers: (numbers: readonly number[]): Readonly<Record<Name, number>> =>
    Object.fromEntries(names.map((name, i) => [name, numbers[i]])) as Record<Name, number>,
});
