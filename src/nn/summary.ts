import { noGrad } from "../autograd/mode.js";
import type { DType } from "../backend/dtype.js";
import { zeros } from "../tensor/create.js";
import { formatShape } from "../tensor/errors.js";
import type { Shape } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from "./layers/conv.js";
import { Embedding, EmbeddingBag } from "./layers/embedding.js";
import { LayerNorm, RMSNorm } from "./layers/norm.js";
import type { Module } from "./module.js";

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

/** What a module took and gave first. */
interface Seen {
  readonly input: Shape;
  readonly output: Shape;
}

const sizeOfAll = (list: readonly Tensor[]): number => list.reduce((sum, x) => sum + x.numel(), 0);

/**
 * Each weight matrix meets every place once. Places of a convolution are those of its output, of a transposed one those of
 * its input; of everything else all but the last dimension. Layers that only scale or look up multiply nothing that is summed.
 */
const multiplyAddsOf = (module: Module, { input, output }: Seen): number => {
  const product = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);
  const weights = [...module.namedParameters({ recurse: false })].flatMap(([, x]) => (x.ndim > 1 ? [x] : []));
  const each = sizeOfAll(weights);
  if (module instanceof ConvTranspose1d || module instanceof ConvTranspose2d || module instanceof ConvTranspose3d)
    return (each * product(input)) / module.inChannels;
  if (module instanceof Conv1d || module instanceof Conv2d || module instanceof Conv3d)
    return (each * product(output)) / module.outChannels;
  if (
    module instanceof Embedding ||
    module instanceof EmbeddingBag ||
    module instanceof LayerNorm ||
    module instanceof RMSNorm
  )
    return 0;
  return each * product(output.slice(0, -1));
};

/** Shapes of zeros to make, or tensors as they are. */
export type SummaryInput = Shape | readonly (Shape | Tensor)[] | Tensor;

const inputsOf = (given: SummaryInput, dtype: DType): Tensor[] => {
  if (given instanceof Tensor) return [given];
  const isOneShape = given.every((size) => typeof size === "number");
  const list: readonly (Shape | Tensor)[] = isOneShape ? [given] : given;
  return list.map((input) => (input instanceof Tensor ? input : zeros(input, { dtype })));
};

const firstTensor = (value: unknown): Tensor | undefined =>
  value instanceof Tensor
    ? value
    : Array.isArray(value)
      ? value.map(firstTensor).find((x) => x !== undefined)
      : undefined;

/**
 * Runs a model once, in evaluation mode, and lists its modules: output shapes, parameters, multiply-adds.
 *
 * @param input the shape of the input, batch included; or shapes and tensors of several inputs
 * @param options dtype of the zeros that are made: "int32" for a model that begins with an embedding. Default "float32".
 * @example console.log(String(nn.summary(model, [1, 1, 28, 28])))
 */
export const summary = (
  model: Module,
  input: SummaryInput,
  { dtype = "float32" }: { dtype?: DType | undefined } = {},
): ModelSummary => {
  const seen = new Map<Module, Seen>();
  const modules = [...model.namedModules()];
  const modes = modules.map(([, module]) => module.training);
  const removers = modules.map(([, module]) =>
    module.registerForwardHook((_module, inputs, output) => {
      const [x, y] = [firstTensor(inputs), firstTensor(output)];
      if (x !== undefined && y !== undefined && !seen.has(module))
        seen.set(module, { input: x.shape, output: y.shape });
      return undefined;
    }),
  );
  try {
    const inputs = inputsOf(input, dtype);
    noGrad(() => (model.eval() as Module & { forward(...inputs: Tensor[]): unknown }).forward(...inputs));
  } finally {
    for (const [i, [, module]] of modules.entries()) module.training = modes[i] as boolean;
    for (const remove of removers) remove();
  }
  const layers = modules.map(([name, module]) => {
    const shapes = seen.get(module);
    return {
      name,
      type: module.constructor.name,
      depth: name === "" ? 0 : name.split(".").length,
      output: shapes?.output ?? null,
      parameters: sizeOfAll([...module.namedParameters({ recurse: false })].map(([, x]) => x)),
      multiplyAdds: shapes === undefined ? 0 : multiplyAddsOf(module, shapes),
    };
  });
  const all = model.parameters();
  const totals = {
    parameters: sizeOfAll(all),
    trainable: sizeOfAll(all.filter(({ requiresGrad }) => requiresGrad)),
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
