/**
 * Kernel calls with their final numbers, noted once and made any number of times: first all are noted, then `place` gives them the
 * memory that they need besides their operands, then `bind` says where each argument lies, as often as that changes.
 */
export interface Tape {
  /**
   * Notes the kernel calls of `run` in the place of making them.
   *
   * @returns what makes them, in order; or null, nothing being noted, where `run` touches elements in JavaScript
   */
  note(run: () => void): readonly (() => unknown)[] | null;
  /** The address that stands for argument i's while calls are noted. */
  argument(i: number): number;
  /** Steps of which some are calls of this tape, with chains of elementwise calls among them as one each. Before `place`. */
  chained(steps: readonly (() => unknown)[]): (() => unknown)[];
  /** How much memory the calls need besides their operands. */
  readonly bytes: number;
  place(address: number): void;
  bind(i: number, address: number): void;
  /** Whether the same would be noted now. */
  holds(): boolean;
}
