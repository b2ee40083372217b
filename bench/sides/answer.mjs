// How a side in JavaScript talks with bench/run.mjs: one JSON object a line each way.
import { createInterface } from "node:readline";

/**
 * Says who it is, then answers {"workload", "index", "start"} by setting up a case, {"n"} by n steps, {"ceilings"} by `ceilings`.
 *
 * @param setUp gives for a workload's name, a case's number and the file of its first numbers a function of n that makes n steps and
 *   gives the last one's value
 */
export const answer = async (about, setUp, ceilings) => {
  const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
  say(about);
  let steps;
  for await (const line of createInterface({ input: process.stdin })) {
    const { workload, index, start, n, ceilings: isAboutCeilings } = JSON.parse(line);
    try {
      if (isAboutCeilings) {
        say(ceilings());
        continue;
      }
      if (workload !== undefined) {
        steps = await setUp(workload, index, start);
        say({ ready: true });
        continue;
      }
      const begin = performance.now();
      const value = await steps(n);
      say({ ms: (performance.now() - begin) / n, value });
      // What a garbage collector has found is given back now, outside of the time.
      await new Promise((resolve) => setImmediate(resolve));
    } catch (error) {
      say({ failed: String(error?.stack ?? error) });
    }
  }
};
