import { data, manualSeed } from "mytorch";

const numbers = async (numWorkers, options = {}) => {
  manualSeed(0);
  const set = await data.workerDataset(new URL("./squares.js", import.meta.url), options);
  const loader = new data.DataLoader(set, { batchSize: 4, shuffle: true, numWorkers });
  const seen = [];
  for await (const [x, label] of loader) seen.push(...x.toArray().flat(), ...label.toArray());
  return seen;
};

/** Batches of workers and of the page itself, and what an error and the end of a worker look like. */
export const loadInWorkers = async () => {
  const failure = async (options) => numbers(2, options).then(String, String);
  return {
    alone: await numbers(0),
    shared: await numbers(2),
    failed: await failure({ bad: 5 }),
    closed: await failure({ closes: 5 }),
  };
};
