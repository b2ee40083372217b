/** Ctrl-C came before there was anything to show for the work. */
export class Interrupted extends Error {}

export interface Interrupt {
  /** Fires with an `Interrupted` at the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** Gives Ctrl-C its usual meaning back. */
  end(): void;
}

/** From here on a first Ctrl-C asks the command to end well, and a second one ends it at once. */
export const catchInterrupt = (): Interrupt => {
  const stop = new AbortController();
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort(new Interrupted("stopped; what was downloaded so far is kept"));
  };
  process.on("SIGINT", onSignal);
  return { signal: stop.signal, end: () => process.off("SIGINT", onSignal) };
};
