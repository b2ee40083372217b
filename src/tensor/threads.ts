import { numThreads, useThreads } from "../backend/threads.js";
import { ValueError } from "./errors.js";

/**
 * How many threads compute: as many as there are cores, if neither `setNumThreads` nor the environment variable
 * MYTORCH_NUM_THREADS said otherwise. 1 where the engine has no threads to give.
 *
 * @source torch.get_num_threads
 */
export const getNumThreads = (): number => numThreads();

/**
 * Sets how many threads compute, this one included; results are the same to the bit for any number. Threads are started by the
 * first op that is large enough to share out.
 *
 * @throws  ValueError where n is no integer from 1 up
 * @source  torch.set_num_threads
 * @example setNumThreads(1); getNumThreads() // 1
 */
export const setNumThreads = (n: number): void => {
  if (!Number.isInteger(n) || n < 1)
    throw new ValueError({
      op: "setNumThreads",
      problem: `there cannot be ${n} threads`,
      rule: "n is an integer from 1 up",
      args: { n: String(n) },
      hint: "leave it out to use all cores",
    });
  useThreads(n);
};
