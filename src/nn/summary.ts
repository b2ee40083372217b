import { noGrad } from "../autograd/mode.js";
import { zeros } from "../tensor/create.js";
import { formatShape } from "../tensor/errors.js";
import type { Shape } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import type { Layer, Module } from "./module.js";

/** One module: what it made of its input. */
export interface LayerSummary {
  readonly name: string;
  readonly type: string;
  readonly depth: number;
  readonly output: Shape | null;
  /** Elements of its own parameters, modules below left out. */
  readonly parameters: number;
  /** Multiplications that are added up, where weights meet inputs. */
  readonly multiplyAdds: number;
}

/** A model's modules in order, and totals. */
export interface ModelSummary {
  readonly layers: readonly LayerSummary[];
  readonly parameters: number;
  readonly trainable: number;
  readonly multiplyAdds: number;
  toString(): string;
}

/** Every weight of more than one dimension meets each output position once; a convolution's output says how many there are. */
const multiplyAddsOf = (module: Module, output: Shape | null): number => {
  if (output === null) return 0;
  const own = [...module.namedParameters()].filter(([name]) => !name.includes("."));
  const isConvolution = module.constructor.name.startsWith("Conv");
  const N = output[0] ?? 1;
  const positions = isConvolution
    ? output.slice(2).reduce((a, b) => a * b, 1)
    : output.slice(1, -1).reduce((a, b) => a * b, 1);
  return own
    .filter(([, parameter]) => parameter.ndim > 1)
    .reduce((sum, [, parameter]) => sum + parameter.numel() * N * positions, 0);
};

/**
 * Runs a model once on zeros and lists its modules: output shapes, parameters, multiply-adds.
 *
 * @example console.log(String(nn.summary(model, [1, 1, 28, 28])))
 */
export const summary = (model: Layer, inputShape: Shape): ModelSummary => {
  const outputs = new Map<Module, Shape>();
  const modules = [...model.namedModules()];
  const removers = modules.map(([, module]) =>
    module.registerForwardHook((_module, _inputs, output) => {
      const first = Array.isArray(output) ? (output[0] as unknown) : output;
      if (first instanceof Tensor) outputs.set(module, first.shape);
      return undefined;
    }),
  );
  const wasTraining = model.training;
  try {
    noGrad(() => model.eval().forward(zeros(inputShape)));
  } finally {
    model.train(wasTraining);
    for (const remove of removers) remove();
  }
  const layers = modules.map(([name, module]) => {
    const own = [...module.namedParameters()].filter(([key]) => !key.includes("."));
    const output = outputs.get(module) ?? null;
    return {
      name,
      type: module.constructor.name,
      depth: name === "" ? 0 : name.split(".").length,
      output,
      parameters: own.reduce((sum, [, parameter]) => sum + parameter.numel(), 0),
      multiplyAdds: multiplyAddsOf(module, output),
    };
  });
  const all = model.parameters();
  const count = (list: readonly Tensor[]): number => list.reduce((sum, x) => sum + x.numel(), 0);
  const totals = {
    parameters: count(all),
    trainable: count(all.filter(({ requiresGrad }) => requiresGrad)),
    multiplyAdds: layers.reduce((sum, layer) => sum + layer.multiplyAdds, 0),
  };
  return { layers, ...totals, toString: () => tableOf(layers, totals) };
};

const tableOf = (layers: readonly LayerSummary[], totals: Omit<ModelSummary, "layers" | "toString">): string => {
  const number = (value: number): string => (value === 0 ? "" : value.toLocaleString("en-US"));
  const rows = layers.map(({ name, type, depth, output, parameters, multiplyAdds }) => [
    `${"  ".repeat(depth)}${type}${name === "" ? "" : ` (${name.split(".").at(-1)})`}`,
    output === null ? "" : formatShape(output),
    number(parameters),
    number(multiplyAdds),
  ]);
  const head = ["module", "output", "parameters", "multiply-adds"];
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] as string).length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i < 2 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number)))
      .join("  ")
      .trimEnd();
  const rule = "─".repeat(widths.reduce((a, b) => a + b + 2, -2));
  return [
    line(head),
    rule,
    ...rows.map(line),
    rule,
    `parameters ${totals.parameters.toLocaleString("en-US")}, trainable ${totals.trainable.toLocaleString("en-US")}, multiply-adds ${totals.multiplyAdds.toLocaleString("en-US")}`,
  ].join("\n");
};
