import type { Tensor } from "../tensor/tensor.js";
import { anomalyOrigin } from "./anomaly.js";
import { refreshView } from "./inPlace.js";
import { edgeOf, type Meta, OpNode } from "./node.js";

/** What backward sees of its forward. */
export interface BackwardContext<A> {
  readonly attrs: A;
  /** Whether each input wants a gradient; the others' may be null. */
  readonly needs: readonly boolean[];
  /** Shape and dtype of each input; values only of those that were saved. */
  readonly inputMeta: readonly Meta[];
  /** Whether output i got a gradient; otherwise zeros stand for it. */
  readonly arrived: (i: number) => boolean;
  /** A saved input by its position. */
  readonly input: (i: number) => Tensor;
  /** A saved output by its position. */
  readonly output: (i: number) => Tensor;
}

type Grads = readonly (Tensor | null)[];

/** What the graph has to know of an op: of one form for all of them, so that the engine knows where the fields are. */
export interface Rules<A> {
  readonly name: string;
  readonly savesInputs: readonly number[] | ((needs: readonly boolean[], attrs: A) => readonly number[]);
  readonly savesOutputs: readonly number[];
  readonly backward: (grads: readonly Tensor[], ctx: BackwardContext<A>) => Grads;
  /** How many of the last outputs only backward sees. */
  readonly hidden: number;
  /** Whether the outputs share the input's storage. */
  readonly isView: boolean;
}

/** The run of a defined op in the graph, which is also what its backward sees. */
export class RecordedOp<A> extends OpNode implements BackwardContext<A> {
  readonly attrs: A;
  readonly inputMeta: readonly Meta[];
  readonly #rules: Rules<A>;

  constructor(rules: Rules<A>, inputs: readonly Tensor[], outputs: readonly Tensor[], attrs: A) {
    const edges = inputs.map((x) => edgeOf(refreshView(x)));
    super(rules.name, edges, outputs, outputs.length - rules.hidden);
    this.attrs = attrs;
    this.inputMeta = inputs.map(({ shape, dtype }, i) => edges[i] ?? { shape, dtype });
    this.#rules = rules;
    this.origin = anomalyOrigin();
    for (let i = 0; i < outputs.length; i++) {
      const y = outputs[i] as Tensor;
      const edge = this.outputs[i] as (typeof this.outputs)[number];
      if (!rules.isView) edge.made = y.storage;
      if (y.isFloatingPoint()) y.edge = edge;
    }
    const { savesInputs, savesOutputs } = rules;
    const saved = typeof savesInputs === "function" ? savesInputs(this.needs, attrs) : savesInputs;
    for (const i of saved) this.save(i, inputs[i] as Tensor);
    for (const i of savesOutputs) this.save(inputs.length + i, outputs[i] as Tensor);
  }

  override apply(grads: Grads): Grads {
    return this.#rules.backward(grads as readonly Tensor[], this);
  }

  get needs(): readonly boolean[] {
    return this.edges.map((edge) => edge !== null);
  }

  get arrived(): (i: number) => boolean {
    return (i) => this.incoming[i] !== null;
  }

  get input(): (i: number) => Tensor {
    return (i) => this.saved(i);
  }

  get output(): (i: number) => Tensor {
    return (i) => this.saved(this.edges.length + i);
  }
}
