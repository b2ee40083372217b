import { availableParallelism, cpus, release, totalmem, type } from "node:os";

/** What the numbers were measured on. */
export const machine = () => ({
  date: new Date().toISOString().slice(0, 10),
  cpu: cpus()[0]?.model ?? "unknown processor",
  cores: availableParallelism(),
  memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
  system: `${type()} ${release().split("-")[0]}`,
  node: process.versions.node,
  v8: process.versions.v8,
});
