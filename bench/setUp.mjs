// Our side of a workload.
import * as mytorch from "../dist/src/index.js";
import { workloads } from "./workloads/index.mjs";

const { capture, noGrad, scope } = mytorch;

const stepOf = ({ loss, optimizer, inputs, result }) => {
  if (result !== undefined) return () => noGrad(result);
  if (optimizer === undefined)
    return () => {
      for (const input of inputs) input.grad = null;
      const value = loss();
      value.backward();
      return value;
    };
  return () => {
    const value = loss();
    optimizer.zeroGrad();
    value.backward();
    optimizer.step();
    return value;
  };
};

/** Sets up a case of a workload. @returns what runs its step n times, and answers with one number of the last result */
export const setUp = (name, index, isCaptured = false) => {
  const workload = workloads[name];
  const parts = workload.ours(mytorch, workload.cases[index]);
  const step = isCaptured ? capture(stepOf(parts)) : stepOf(parts);
  if (parts.result === undefined)
    return (n) => {
      let value;
      for (let i = 0; i < n; i++) value = step();
      return value.item();
    };
  return (n) => {
    for (let i = 1; i < n; i++)
      scope(() => {
        step();
      });
    return scope(() => {
      const value = step();
      // One number, which beside many steps is next to nothing.
      return (value.numel() > 1e6 ? value.reshape(-1).narrow(0, 0, 1000) : value).mean().item();
    });
  };
};
