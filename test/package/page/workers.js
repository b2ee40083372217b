import { data, manualSeed } from "mytorch";
import * as cubes from "./cubes.js";

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

/** The same with a module that was packed with the page: the samples, who made them, and what an error looks like. */
export const loadInPackedWorkers = async () => {
  const worker = () => new Worker(new URL("./cubes.worker.js", import.meta.url), { type: "module" });
  const load = async (numWorkers, options = {}) => {
    const set = await data.workerDataset({ exports: cubes, worker }, options, { make: "makeCubes" });
    const points = [];
    const makers = [];
    for await (const [x, by] of new data.DataLoader(set, { batchSize: 4, numWorkers })) {
      points.push(...x.toArray().flat());
      makers.push(...by.toArray());
    }
    return { points, makers };
  };
  return {
    alone: await load(0),
    shared: await load(2),
    failed: await load(2, { bad: 5 }).then(String, String),
    outside: await data.serveWorker(cubes).then(String, String),
  };
};
