/** optim.swaUtils, as torch.optim.swa_utils: averages of weights along a training. */
import { noGrad } from "../autograd/mode.js";
import { BatchNorm1d, BatchNorm2d, BatchNorm3d } from "../nn/layers/norm.js";
import { Module } from "../nn/module.js";
import { Parameter } from "../nn/parameter.js";
import { add, div, mul, sub } from "../ops/elementwise/arithmetic.js";
import { zeros } from "../tensor/create.js";
import { ShapeError, ValueError } from "../tensor/errors.js";
import { Tensor } from "../tensor/tensor.js";
import { LRScheduler, type Scheduled, type ScheduleOptions } from "./lrScheduler/scheduler.js";

/** A new average from the one so far, the model's value, and how many it averages. */
export type AvgFn = (averaged: Tensor, current: Tensor, numAveraged: number) => Tensor;

/** The equal average of all values. @source torch.optim.swa_utils.get_swa_avg_fn */
export const getSwaAvgFn = (): AvgFn => (averaged, current, n) => add(averaged, div(sub(current, averaged), n + 1));

const checkDecay = (op: string, decay: number): void => {
  if (decay >= 0 && decay <= 1) return;
  throw new ValueError({ op, problem: `decay is ${decay}`, rule: "from 0 to 1" });
};

/** An average that keeps a share `decay` of itself. @source torch.optim.swa_utils.get_ema_avg_fn */
export const getEmaAvgFn = (decay = 0.999): AvgFn => {
  checkDecay("getEmaAvgFn", decay);
  return (averaged, current) => add(mul(averaged, decay), mul(current, 1 - decay));
};

/** Changes all averages in place, by the model's values and how many are averaged so far. */
export type MultiAvgFn = (averaged: readonly Tensor[], current: readonly Tensor[], numAveraged: number) => void;

/** The equal average of all values, in place. @source torch.optim.swa_utils.get_swa_multi_avg_fn */
export const getSwaMultiAvgFn = (): MultiAvgFn => (averaged, current, n) => {
  for (const [i, average] of averaged.entries()) average.lerp_(current[i] as Tensor, 1 / (n + 1));
};

/** An average that keeps a share `decay` of itself, in place. @source torch.optim.swa_utils.get_ema_multi_avg_fn */
export const getEmaMultiAvgFn = (decay = 0.999): MultiAvgFn => {
  checkDecay("getEmaMultiAvgFn", decay);
  return (averaged, current) => {
    for (const [i, average] of averaged.entries()) average.lerp_(current[i] as Tensor, 1 - decay);
  };
};

export interface AveragedOptions {
  /** How to average. Default getSwaAvgFn(). */
  avgFn?: AvgFn | undefined;
  /** How to average all tensors at once, in the place of avgFn. */
  multiAvgFn?: MultiAvgFn | undefined;
  /** Average buffers too; otherwise they are the model's at the last update. Default false. */
  useBuffers?: boolean | undefined;
}

/** The names and values of a module, without what it computes. */
class Mirror extends Module {
  readonly #source: Module;

  constructor(source: Module, seen: Map<object, unknown>) {
    super();
    this.#source = source;
    const once = <T extends object, C>(value: T, copy: () => C): C => {
      if (!seen.has(value)) seen.set(value, copy());
      return seen.get(value) as C;
    };
    for (const [name, parameter] of source.namedParameters({ recurse: false }))
      this.registerParameter(
        name,
        once(parameter, () => new Parameter(noGrad(() => parameter.clone()))),
      );
    for (const [name, buffer] of source.namedBuffers({ recurse: false }))
      this.registerBuffer(
        name,
        once(buffer, () => noGrad(() => buffer.clone())),
      );
    for (const [name, child] of source.namedChildren())
      this.registerModule(
        name,
        once(child, () => new Mirror(child, seen)),
      );
  }

  override forward(): never {
    throw new ValueError({
      op: "AveragedModel",
      problem: "its parts have no forward",
      hint: "call the averaged model itself",
    });
  }

  override toString(): string {
    return this.#source.toString();
  }
}

const oneByOne =
  (avgFn: AvgFn): MultiAvgFn =>
  (averaged, current, n) => {
    for (const [i, average] of averaged.entries()) average.copy_(avgFn(average.detach(), current[i] as Tensor, n));
  };

const swapStorages = (a: Tensor, b: Tensor): void => {
  const held = a.detach();
  a.replaceStorage(b.detach());
  b.replaceStorage(held);
};

/**
 * A model's weights averaged along its training. It has values of its own under `module.`; forward computes with them what
 * the model computes with its own, without a graph.
 *
 * @source torch.optim.swa_utils.AveragedModel; Izmailov et al., 2018
 * @example
 * const average = new optim.swaUtils.AveragedModel(model, { avgFn: optim.swaUtils.getEmaAvgFn(0.99) });
 * // after each step: average.updateParameters(model); for evaluation: average.eval().forward(x)
 */
export class AveragedModel extends Module {
  readonly #source: Module;
  readonly #average: Module;
  readonly #takeIn: MultiAvgFn;
  readonly #useBuffers: boolean;

  /** @throws ValueError for both avgFn and multiAvgFn */
  constructor(model: Module, { avgFn, multiAvgFn, useBuffers = false }: AveragedOptions = {}) {
    super();
    if (avgFn !== undefined && multiAvgFn !== undefined)
      throw new ValueError({ op: "AveragedModel", problem: "give either avgFn or multiAvgFn, not both" });
    this.#source = model;
    this.#average = this.registerModule("module", new Mirror(model, new Map()));
    this.registerBuffer("n_averaged", zeros([], { dtype: "int32" }));
    this.#takeIn = multiAvgFn ?? oneByOne(avgFn ?? getSwaAvgFn());
    this.#useBuffers = useBuffers;
    for (const [i, module] of this.#average.modules().entries()) module.training = model.modules()[i]?.training ?? true;
  }

  /** How many models it averages. */
  get numAveraged(): number {
    return this.getBuffer("n_averaged").item();
  }

  /** Takes the model's values into the average; the first time as they are. */
  updateParameters(model: Module): void {
    const n = this.numAveraged;
    const update = (own: readonly Tensor[], other: readonly Tensor[], isAveraged: boolean): void => {
      if (own.length !== other.length)
        throw new ShapeError({
          op: "updateParameters",
          problem: `the average has ${own.length} tensors, the model ${other.length}`,
        });
      const current = other.map((tensor) => tensor.detach());
      const isMeant = (tensor: Tensor): boolean => n > 0 && isAveraged && tensor.isFloatingPoint();
      own.forEach((average, i) => {
        if (!isMeant(average)) average.copy_(current[i] as Tensor);
      });
      const places = own.map((_, i) => i).filter((i) => isMeant(own[i] as Tensor));
      const pick = (list: readonly Tensor[]): Tensor[] => places.map((i) => list[i] as Tensor);
      this.#takeIn(pick(own), pick(current), n);
    };
    noGrad(() => {
      update(this.#average.parameters(), model.parameters(), true);
      update(this.#average.buffers(), model.buffers(), this.#useBuffers);
      this.getBuffer("n_averaged").add_(1);
    });
  }

  /** Runs `fn` on the model while it holds the averaged values and the average's modes. */
  withAverages<T>(fn: (model: Module) => T): T {
    const [own, other] = [this.#average, this.#source].map((module) => ({
      tensors: [...module.parameters(), ...module.buffers()],
      modules: module.modules(),
    })) as [{ tensors: Tensor[]; modules: Module[] }, { tensors: Tensor[]; modules: Module[] }];
    const swap = (): void => {
      own.tensors.forEach((tensor, i) => {
        swapStorages(tensor, other.tensors[i] as Tensor);
      });
      own.modules.forEach((module, i) => {
        const partner = other.modules[i] as Module;
        [module.training, partner.training] = [partner.training, module.training];
      });
    };
    swap();
    try {
      return noGrad(() => fn(this.#source));
    } finally {
      swap();
    }
  }

  override forward(...inputs: unknown[]): unknown {
    return this.withAverages((model) => (model.forward as (...inputs: unknown[]) => unknown)(...inputs));
  }
}

/** Batches: a tensor each, or a list whose first entry is the input. */
type Loader =
  | AsyncIterable<Tensor | readonly [Tensor, ...unknown[]]>
  | Iterable<Tensor | readonly [Tensor, ...unknown[]]>;

/**
 * Fills the running statistics of a model's batch norms anew, from one pass over the data: averaged weights have none.
 *
 * @source torch.optim.swa_utils.update_bn
 */
export const updateBn = async (loader: Loader, model: Module): Promise<void> => {
  const within = <T>(fn: (module: Module) => T): T =>
    model instanceof AveragedModel ? model.withAverages(fn) : noGrad(() => fn(model));
  const norms = within((inner) =>
    inner.modules().filter((module) => [BatchNorm1d, BatchNorm2d, BatchNorm3d].some((kind) => module instanceof kind)),
  ) as BatchNorm1d[];
  if (norms.length === 0) return;
  const momenta = norms.map(({ momentum }) => momentum);
  const modules = model.modules();
  const modes = modules.map(({ training }) => training);
  within(() => {
    for (const norm of norms) norm.resetRunningStats();
  });
  model.train();
  try {
    for (const norm of norms) norm.momentum = null;
    for await (const batch of loader) {
      const x = batch instanceof Tensor ? batch : batch[0];
      within((inner) => (inner as Module & { forward(x: Tensor): unknown }).forward(x));
    }
  } finally {
    for (const [i, norm] of norms.entries()) norm.momentum = momenta[i] as number | null;
    for (const [i, module] of modules.entries()) module.training = modes[i] as boolean;
  }
};

export interface SWALROptions extends ScheduleOptions {
  /** The rate that is held at the end, for all groups or for each. */
  swaLr: number | readonly number[];
  /** Steps on the way there. Default 10. */
  annealEpochs?: number | undefined;
  /** Along a cosine or a line. Default "cos". */
  annealStrategy?: "cos" | "linear" | undefined;
}

/** From each group's rate to a constant one. @source torch.optim.swa_utils.SWALR */
export class SWALR extends LRScheduler {
  readonly annealEpochs: number;
  readonly swaLrs: readonly number[];
  readonly #shareOf: (t: number) => number;

  constructor(optimizer: Scheduled, options: SWALROptions) {
    super(optimizer, options);
    const { swaLr, annealEpochs = 10, annealStrategy = "cos" } = options;
    const groups = optimizer.paramGroups.length;
    const fail = (problem: string, rule: string): ValueError => new ValueError({ op: "SWALR", problem, rule });
    this.swaLrs = typeof swaLr === "number" ? new Array<number>(groups).fill(swaLr) : [...swaLr];
    if (this.swaLrs.length !== groups)
      throw fail(`swaLr has ${this.swaLrs.length} values`, `one for each of ${groups} groups`);
    if (!Number.isInteger(annealEpochs) || annealEpochs < 0)
      throw fail(`annealEpochs is ${annealEpochs}`, "an integer from 0 up");
    if (annealStrategy !== "cos" && annealStrategy !== "linear")
      throw fail(`annealStrategy is ${String(annealStrategy)}`, '"cos" or "linear"');
    this.annealEpochs = annealEpochs;
    this.#shareOf = annealStrategy === "linear" ? (t) => t : (t) => (1 - Math.cos(Math.PI * t)) / 2;
    this.start();
  }

  protected override rates(): number[] {
    const last = this.stepCount - 1;
    const step = this.annealEpochs === 0 ? Math.max(1, last) : last;
    const shareAt = (at: number): number =>
      this.#shareOf(Math.max(0, Math.min(1, at / Math.max(1, this.annealEpochs))));
    const [before, now] = [shareAt(step - 1), shareAt(step)];
    return this.each((lr, _baseLr, i) => {
      const swaLr = this.swaLrs[i] as number;
      const first = before === 1 ? swaLr : (lr - before * swaLr) / (1 - before);
      return swaLr * now + first * (1 - now);
    });
  }
}
