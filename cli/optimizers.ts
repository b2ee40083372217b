import { type nn, optim } from "../src/index.js";
import type { MnistSettings } from "./settings.js";

type Make = (parameters: nn.Parameter[], settings: MnistSettings) => optim.Optimizer;

/** What --optimizer names. */
export const optimizers: Readonly<Record<MnistSettings["optimizer"], Make>> = {
  sgd: (parameters, { lr, momentum }) => new optim.SGD(parameters, { lr, momentum }),
  adam: (parameters, { lr }) => new optim.Adam(parameters, { lr }),
  adamw: (parameters, { lr }) => new optim.AdamW(parameters, { lr }),
};
