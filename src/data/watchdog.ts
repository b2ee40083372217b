/** Aborts `signal` when nothing was heard for too long, or when the outer signal fires. */
export interface Watchdog {
  readonly signal: AbortSignal;
  heard(): void;
  end(): void;
}

/** @param silence ms without `heard()` until the signal fires with `reason` */
export const startWatchdog = (silence: number, reason: Error, outer: AbortSignal | undefined): Watchdog => {
  outer?.throwIfAborted();
  const stop = new AbortController();
  const passOn = (): void => stop.abort(outer?.reason);
  outer?.addEventListener("abort", passOn);
  const start = (): ReturnType<typeof setTimeout> => setTimeout(() => stop.abort(reason), silence);
  let timer = start();
  return {
    signal: stop.signal,
    heard: () => {
      clearTimeout(timer);
      timer = start();
    },
    end: () => {
      clearTimeout(timer);
      outer?.removeEventListener("abort", passOn);
    },
  };
};
