/** Lets the event loop do what waits: messages, timers, and giving back the memory of dead tensors. */
export const nextTask = (): Promise<void> =>
  new Promise((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
