import { logSoftmax } from "../../ops/activation/softmax.js";
import { add } from "../../ops/elementwise/arithmetic.js";
import { neg } from "../../ops/elementwise/unary.js";
import { gather, indexSelect } from "../../ops/indexing/gather.js";
import { indexAdd } from "../../ops/indexing/indexInto.js";
import { cat, squeeze, unsqueeze } from "../../ops/movement/reshape.js";
import { narrow } from "../../ops/movement/slice.js";
import { argmax, mean } from "../../ops/reduce/reduce.js";
import { tensor, zeros } from "../../tensor/create.js";
import { IndexError, ShapeError, ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { Module } from "../module.js";
import { ModuleList, Sequential } from "./containers.js";
import { Linear } from "./linear.js";

export interface AdaptiveOptions {
  /** How much smaller each cluster's projection is than the one before. Default 4. */
  divValue?: number | undefined;
  /** Whether the head has a bias. Default false. */
  headBias?: boolean | undefined;
}

/**
 * Softmax over very many classes, sorted by frequency: frequent ones have outputs of their own, the others share one for each
 * cluster and are told apart by a smaller layer.
 *
 * @shape x [N, inFeatures], target [N] int32 → { output [N]: log probabilities of the targets, loss: −their mean }
 * @throws ValueError for cutoffs that are not rising integers from 1 to nClasses − 1
 * @source torch.nn.AdaptiveLogSoftmaxWithLoss; Grave et al., 2017
 */
export class AdaptiveLogSoftmaxWithLoss extends Module {
  readonly head: Linear;
  readonly tail: ModuleList<Sequential>;
  readonly inFeatures: number;
  readonly nClasses: number;
  /** Where each cluster begins, and the number of classes. */
  readonly cutoffs: readonly number[];

  constructor(
    inFeatures: number,
    nClasses: number,
    cutoffs: readonly number[],
    { divValue = 4, headBias = false }: AdaptiveOptions = {},
  ) {
    super();
    const isFit = (cutoff: number, i: number): boolean =>
      Number.isInteger(cutoff) && cutoff > (cutoffs[i - 1] ?? 0) && cutoff < nClasses;
    if (cutoffs.length === 0 || !cutoffs.every(isFit))
      throw new ValueError({
        op: "AdaptiveLogSoftmaxWithLoss",
        problem: `cutoffs are [${cutoffs.join(", ")}]`,
        rule: `rising integers from 1 to nClasses − 1 = ${nClasses - 1}`,
      });
    this.inFeatures = inFeatures;
    this.nClasses = nClasses;
    this.cutoffs = [...cutoffs, nClasses];
    this.head = new Linear(inFeatures, (cutoffs[0] as number) + cutoffs.length, { bias: headBias });
    this.tail = new ModuleList(
      cutoffs.map((start, i) => {
        const inner = Math.floor(inFeatures / divValue ** (i + 1));
        const classes = (this.cutoffs[i + 1] as number) - start;
        return new Sequential(
          new Linear(inFeatures, inner, { bias: false }),
          new Linear(inner, classes, { bias: false }),
        );
      }),
    );
  }

  override forward(x: Tensor, target: Tensor): { output: Tensor; loss: Tensor } {
    const isSingle = target.ndim === 0;
    if (x.ndim !== target.ndim + 1 || target.ndim > 1 || (!isSingle && x.shape[0] !== target.shape[0]))
      throw new ShapeError({
        op: "AdaptiveLogSoftmaxWithLoss",
        problem: "input and target do not fit",
        rule: "[N, inFeatures] and [N], or [inFeatures] and a scalar",
        args: { input: x.shape, target: target.shape },
      });
    const input = isSingle ? unsqueeze(x, 0) : x;
    const classes = Array.from(target.toTypedArray(), Number);
    const short = this.cutoffs[0] as number;
    const wrong = classes.find((c) => !(c >= 0 && c < this.nClasses));
    if (wrong !== undefined)
      throw new IndexError({
        op: "AdaptiveLogSoftmaxWithLoss",
        problem: `target ${wrong} is no class`,
        rule: `from 0 to ${this.nClasses - 1}`,
      });
    /** −1 for the frequent classes, else the number of the cluster. */
    const clusters = classes.map((c) => this.cutoffs.findIndex((cutoff) => c < cutoff) - 1);
    const inHead = Int32Array.from(classes, (c, n) => (clusters[n] === -1 ? c : short + (clusters[n] as number)));
    const headLog = logSoftmax(this.head.forward(input), 1);
    let output = squeeze(gather(headLog, 1, unsqueeze(tensor(inHead), 1)), 1);
    for (const [i, part] of [...this.tail].entries()) {
      const rows = classes.map((_, n) => n).filter((n) => clusters[n] === i);
      if (rows.length === 0) continue;
      const places = tensor(Int32Array.from(rows));
      const inCluster = Int32Array.from(rows, (n) => (classes[n] as number) - (this.cutoffs[i] as number));
      const log = logSoftmax(part.forward(indexSelect(input, 0, places)), 1);
      const own = squeeze(gather(log, 1, unsqueeze(tensor(inCluster), 1)), 1);
      output = add(output, indexAdd(zeros(output.shape, { dtype: output.dtype }), 0, places, own));
    }
    return { output: isSingle ? squeeze(output, 0) : output, loss: neg(mean(output)) };
  }

  /** Log probabilities of all classes. @shape x [N, inFeatures] → [N, nClasses] */
  logProb(x: Tensor): Tensor {
    const head = logSoftmax(this.head.forward(x), 1);
    const short = this.cutoffs[0] as number;
    const clusters = [...this.tail].map((part, i) =>
      add(logSoftmax(part.forward(x), 1), narrow(head, 1, short + i, 1)),
    );
    return cat([narrow(head, 1, 0, short), ...clusters], 1);
  }

  /** The most probable class of each row. @shape x [N, inFeatures] → [N] int32 */
  predict(x: Tensor): Tensor {
    return argmax(this.logProb(x), 1);
  }
}
