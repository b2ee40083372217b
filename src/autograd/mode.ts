let enabled = true;

/** Whether ops record the graph now. */
export const isGradEnabled = (): boolean => enabled;

const withMode = <T>(value: boolean, fn: () => T): T => {
  const before = enabled;
  enabled = value;
  let isPending = false;
  try {
    const result = fn();
    if (result instanceof Promise) {
      isPending = true;
      return result.finally(() => {
        enabled = before;
      }) as T;
    }
    return result;
  } finally {
    if (!isPending) enabled = before;
  }
};

/**
 * Runs `fn` without recording the graph. An async `fn` keeps the mode until its promise settles.
 *
 * @example noGrad(() => model.forward(x))
 */
export const noGrad = <T>(fn: () => T): T => withMode(false, fn);

/** Runs `fn` recording the graph, also inside of `noGrad`. */
export const enableGrad = <T>(fn: () => T): T => withMode(true, fn);

/** @internal */
export const setGradMode = <T>(value: boolean, fn: () => T): T => withMode(value, fn);
