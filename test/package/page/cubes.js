import { data, tensor } from "mytorch";

/** What a bundler packs twice: for the page and for its workers. */
export const makeCubes = ({ bad }) => ({
  length: 10,
  get: async (i) => {
    if (i === bad) throw new RangeError("no cube");
    return [tensor([i, i ** 3]), data.getWorkerInfo()?.id ?? -1];
  },
});
