import { GradError } from "../tensor/errors.js";
import { Tensor } from "../tensor/tensor.js";
import { anomalyOrigin } from "./anomaly.js";
import { refreshView } from "./inPlace.js";
import { isGradEnabled, noGrad } from "./mode.js";
import { edgeOf, OpNode } from "./node.js";

/** What forward hands on to backward. Any other property that forward sets is there in backward too. */
export class FunctionContext {
  /** Whether each argument of forward wants a gradient; false for what is not a tensor. */
  readonly needsInputGrad: readonly boolean[];
  /** Outputs that nobody differentiates. */
  readonly nonDifferentiable = new Set<Tensor>();
  [name: string]: unknown;
  #saved: readonly Tensor[] = [];
  #read: ((slot: number) => Tensor) | null = null;

  constructor(needsInputGrad: readonly boolean[]) {
    this.needsInputGrad = needsInputGrad;
  }

  /** Keeps inputs or outputs of forward for backward, which checks that nobody has changed them since. */
  saveForBackward(...tensors: readonly Tensor[]): void {
    this.#saved = tensors;
  }

  /** What `saveForBackward` kept. */
  get savedTensors(): Tensor[] {
    const read = this.#read;
    return this.#saved.map((tensor, i) => (read === null ? tensor : read(i)));
  }

  /** Marks outputs that have no gradient, such as indices. */
  markNonDifferentiable(...outputs: readonly Tensor[]): void {
    for (const output of outputs) this.nonDifferentiable.add(output);
  }

  /** @internal From here on saved tensors are read from the graph's node. */
  bind(node: OpNode): void {
    this.#saved.forEach((tensor, i) => {
      node.save(i, tensor);
    });
    this.#read = (slot) => node.saved(slot);
  }
}

/** The static side of a user's op. */
interface FunctionClass<A extends readonly unknown[], R extends Tensor | readonly Tensor[]> {
  readonly name: string;
  forward(ctx: FunctionContext, ...args: A): R;
  backward(ctx: FunctionContext, ...grads: Tensor[]): Tensor | null | readonly (Tensor | null)[];
}

/**
 * An op of your own with a gradient of your own: a class with `static forward` and `static backward`, called by `apply`.
 *
 * forward runs outside of the graph. backward takes the gradient of each output (zeros where nothing arrived) and returns one
 * for each argument of forward, null for what is not a tensor; written with ops, it can be differentiated again.
 *
 * @throws GradError when backward returns the wrong number of gradients, or one of another shape or dtype than its argument
 * @source torch.autograd.Function
 * @example
 * class Cube extends autograd.Function {
 *   static forward(ctx: autograd.FunctionContext, x: Tensor) {
 *     ctx.saveForBackward(x);
 *     return x.pow(3);
 *   }
 *   static backward(ctx: autograd.FunctionContext, dY: Tensor) {
 *     const [x] = ctx.savedTensors as [Tensor];
 *     return dY.mul(x.pow(2).mul(3));
 *   }
 * }
 * Cube.apply(x)
 */
// biome-ignore lint/complexity/noStaticOnlyClass: PyTorch's form: users extend it, and its name names the op
// biome-ignore lint/suspicious/noShadowRestrictedNames: PyTorch's name
export abstract class Function {
  /** Runs forward and records the op. */
  static apply<A extends readonly unknown[], R extends Tensor | readonly Tensor[]>(
    this: FunctionClass<A, R>,
    ...args: A
  ): R {
    const edges = args.map((arg) => (isGradEnabled() && arg instanceof Tensor ? edgeOf(refreshView(arg)) : null));
    const ctx = new FunctionContext(edges.map((edge) => edge !== null));
    const result = noGrad(() => this.forward(ctx, ...args));
    if (edges.every((edge) => edge === null)) return result;
    const given: readonly Tensor[] = result instanceof Tensor ? [result] : result;
    // An argument that is handed through becomes an output of its own.
    const outputs = given.map((y) => (args.includes(y) ? y.detach() : y));
    const backward = (grads: readonly Tensor[]): readonly (Tensor | null)[] => {
      const returned = this.backward(ctx, ...grads);
      const list = Array.isArray(returned) ? (returned as (Tensor | null)[]) : [returned as Tensor | null];
      if (list.length !== args.length) throw wrongCount(this.name, list.length, args.length);
      return list;
    };
    const node = new OpNode({ name: this.name, backward, hidden: 0 }, undefined, edges, [], outputs);
    for (const [i, y] of outputs.entries()) {
      if (!y.isFloatingPoint() || ctx.nonDifferentiable.has(given[i] as Tensor)) continue;
      y.edge = node.outputs[i] ?? null;
    }
    ctx.bind(node);
    node.origin = anomalyOrigin();
    return (result instanceof Tensor ? outputs[0] : outputs) as R;
  }
}

const wrongCount = (op: string, returned: number, wanted: number): GradError =>
  new GradError({
    op,
    problem: `its backward returned ${returned} gradients for ${wanted} arguments`,
    rule: "one for each argument of forward, null for what is not a tensor or wants none",
  });
