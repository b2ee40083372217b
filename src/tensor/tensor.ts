/// <reference lib="esnext.disposable" preserve="true" />
import { backend, heap } from "../backend/current.js";
import { type ArrayOf, type DType, isFloating, itemSize, type TypedArray } from "../backend/dtype.js";
import { GradError, ShapeError } from "./errors.js";
import { formatTensor } from "./format.js";
import type { Edge, GradHook, ViewInfo } from "./gradNode.js";
import { type Draw, forgetRecordings, recorder } from "./recorder.js";
import { contiguousStrides, isContiguous, normalizeDim, type Shape, sameShape, sizeOf } from "./shape.js";
import { Storage } from "./storage.js";

/** Arrays nested to any depth; a scalar is the value itself. */
export type Nested<T> = T | Nested<T>[];

/**
 * An n-dimensional array with strides over a storage that views share.
 *
 * Its methods beyond reading (`add`, `matmul`, `backward`, …) are the functions of src/ops; src/ops/methods.ts installs them.
 */
export class Tensor {
  readonly storage: Storage;
  readonly shape: Shape;
  /** Elements to step over for each dimension. */
  readonly strides: Shape;
  /** Elements of the storage before this tensor's first. */
  readonly offset: number;

  /** @internal The output of an op that this tensor is, null for a leaf. */
  edge: Edge | null = null;
  /** @internal A leaf asked for gradients. */
  leafRequiresGrad = false;
  /** @internal The gradient; reading it through `grad` tells the library that a person may hold it. */
  gradValue: Tensor | null = null;
  /** @internal Where a leaf's gradients are summed up. */
  accumulator: Edge | null = null;
  /** @internal Set for a view made while it matters to autograd. */
  viewInfo: ViewInfo | null = null;
  /** @internal Counts how often an in-place op gave this tensor a new node. */
  history = 0;
  /** @internal */
  hooks: GradHook[] | null = null;
  /** @internal An inner result that keeps its gradient. */
  retainsGrad = false;
  readonly #isContiguous: boolean;

  /** @internal Use `tensor()`, `zeros()` and so on. */
  constructor(storage: Storage, shape: Shape, strides: Shape | null = null, offset = 0) {
    this.storage = storage;
    this.shape = shape;
    this.strides = strides ?? contiguousStrides(shape);
    this.offset = offset;
    this.#isContiguous = strides === null || isContiguous(shape, strides);
  }

  /** @internal A tensor of that shape whose elements are whatever memory held. */
  static empty(shape: Shape, dtype: DType): Tensor {
    return new Tensor(new Storage(dtype, shape), shape);
  }

  get dtype(): DType {
    return this.storage.dtype;
  }

  /** Where the first element is in the heap, in bytes. */
  get address(): number {
    return this.storage.address + this.offset * itemSize[this.storage.dtype];
  }

  /** Number of dimensions. */
  get ndim(): number {
    return this.shape.length;
  }

  /** Number of dimensions, as PyTorch's method. */
  dim(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  numel(): number {
    return sizeOf(this.shape);
  }

  size(): Shape;
  size(dim: number): number;
  size(dim?: number): Shape | number {
    return dim === undefined ? this.shape : (this.shape[normalizeDim("size", dim, this.ndim)] as number);
  }

  stride(): Shape;
  stride(dim: number): number;
  stride(dim?: number): Shape | number {
    return dim === undefined ? this.strides : (this.strides[normalizeDim("stride", dim, this.ndim)] as number);
  }

  /** Whether another tensor has this shape. */
  isSameSize(other: Tensor): boolean {
    return sameShape(this.shape, other.shape);
  }

  /** Bytes of one element. */
  elementSize(): number {
    return itemSize[this.dtype];
  }

  /** Elements of the storage before this tensor's first, as PyTorch's method. */
  storageOffset(): number {
    return this.offset;
  }

  /** Whether elements lie row-major without gaps. */
  isContiguous(): boolean {
    return this.#isContiguous;
  }

  isFloatingPoint(): boolean {
    return isFloating(this.dtype);
  }

  /** Whether the dtype has numbers below 0. */
  isSigned(): boolean {
    return this.dtype !== "uint8" && this.dtype !== "bool";
  }

  // --- gradients ----------------------------------------------------------------------------------------------

  /** Whether backward computes a gradient for this tensor, or through it. */
  get requiresGrad(): boolean {
    return this.edge !== null || this.leafRequiresGrad;
  }

  set requiresGrad(value: boolean) {
    this.requiresGrad_(value);
  }

  /**
   * Asks for gradients (or no longer).
   *
   * @throws GradError for integers, and for an inner result that is told to stop
   */
  requiresGrad_(value = true): this {
    if (value && !isFloating(this.dtype)) {
      throw new GradError({
        op: "requiresGrad_",
        problem: `only floating tensors can have gradients, this one is ${this.dtype}`,
        hint: 'convert first: x.to("float32")',
      });
    }
    if (!value && this.edge !== null) {
      throw new GradError({
        op: "requiresGrad_",
        problem: "an inner result of a graph cannot stop requiring a gradient",
        hint: "use detach() for a tensor outside of the graph",
      });
    }
    if (this.edge === null) this.leafRequiresGrad = value;
    return this;
  }

  /** A tensor that a person made, or that needs no gradient. */
  get isLeaf(): boolean {
    return this.edge === null;
  }

  /** Name of the op that made this tensor, or null. */
  get gradFn(): string | null {
    return this.edge?.node.name ?? null;
  }

  /** The gradient that backward summed up, or null when none was computed. */
  get grad(): Tensor | null {
    recorder?.readsGradient(this);
    this.gradValue?.storage.keep();
    return this.gradValue;
  }

  set grad(value: Tensor | null) {
    if (value !== null && (value.dtype !== this.dtype || value.shape.join() !== this.shape.join())) {
      throw new GradError({
        op: "grad",
        problem: `a gradient has its tensor's shape and dtype (${this.dtype}), this one is ${value.dtype}`,
        args: { tensor: this.shape, grad: value.shape },
      });
    }
    value?.storage.keep();
    this.setGrad(value);
  }

  /** @internal Replaces the gradient; the old one's memory comes back at once when nobody has looked at it. */
  setGrad(value: Tensor | null): void {
    recorder?.setsGradient(this, value);
    if (value === this.gradValue) return;
    const old = this.gradValue;
    this.gradValue = value;
    if (value !== null) value.storage.holds++;
    if (old !== null) {
      old.storage.holds--;
      old.storage.releaseIfDead("zeroGrad()");
    }
  }

  /** The same values outside of any graph; shares memory. */
  detach(): Tensor {
    this.storage.keep();
    return new Tensor(this.storage, this.shape, this.strides, this.offset);
  }

  /** @internal Takes the memory and the dtype of another contiguous tensor of its shape: how a module changes its dtype in place. */
  replaceStorage(values: Tensor): void {
    values.storage.keep();
    forgetRecordings();
    Object.assign(this, { storage: values.storage, offset: values.offset, strides: values.strides });
    if (this.accumulator !== null) this.accumulator.dtype = values.dtype;
  }

  /**
   * Takes this tensor out of its graph: a leaf that needs no gradient.
   *
   * @throws GradError for a view, whose base would still know the graph
   */
  detach_(): this {
    if (this.viewInfo !== null) {
      throw new GradError({
        op: "detach_",
        problem: "a view cannot leave its graph in place",
        args: { tensor: this.shape },
        hint: "detach() gives a tensor outside of the graph",
      });
    }
    this.storage.keep();
    this.edge = null;
    this.leafRequiresGrad = false;
    this.retainsGrad = false;
    return this;
  }

  // --- reading ------------------------------------------------------------------------------------------------

  /**
   * The value of a tensor with one element. bool gives 0 or 1.
   *
   * @throws ShapeError when there is more than one element, or none
   */
  item(): number {
    if (this.numel() !== 1) {
      throw new ShapeError({
        op: "item",
        problem: `only a tensor with one element has an item, this one has ${this.numel()}`,
        args: { tensor: this.shape },
        hint: "toArray() reads all of them",
      });
    }
    recorder?.reads("item", this);
    const { lastValue } = this.storage;
    return lastValue ?? Number(heap.array(this.dtype)[this.address / itemSize[this.dtype]]);
  }

  /** A row-major copy of the elements. bool gives bytes 0 and 1. */
  toTypedArray(): TypedArray {
    recorder?.reads("toTypedArray", this);
    const n = this.numel();
    if (n === 0) return heap.view(this.dtype, 0, 0).slice();
    const whole = this.isContiguous() ? this : this.#packed();
    const copy = heap.view(this.dtype, whole.address, n).slice();
    if (whole !== this) whole.storage.release("toTypedArray()");
    return copy;
  }

  /** Nested arrays; a scalar's is the value itself. bool gives true and false. */
  toArray(): Nested<number | boolean> {
    const flat = this.toTypedArray();
    const isBool = this.dtype === "bool";
    let next = 0;
    const level = (depth: number): Nested<number | boolean> => {
      if (depth === this.ndim) {
        const value = flat[next++] as number;
        return isBool ? value !== 0 : value;
      }
      return Array.from({ length: this.shape[depth] as number }, () => level(depth + 1));
    };
    return level(0);
  }

  async itemAsync(): Promise<number> {
    return this.item();
  }

  async toTypedArrayAsync(): Promise<TypedArray> {
    return this.toTypedArray();
  }

  async toArrayAsync(): Promise<Nested<number | boolean>> {
    return this.toArray();
  }

  /** As PyTorch prints it: four decimals, aligned, summarised above 1,000 elements. */
  toString(): string {
    return formatTensor(this);
  }

  /** What Node's console shows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  // --- memory -------------------------------------------------------------------------------------------------

  /** Gives the memory back now, for this tensor and all of its views. */
  dispose(): void {
    this.storage.release("dispose()");
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #packed(): Tensor {
    const out = Tensor.empty(this.shape, this.dtype);
    backend().copy(out, this);
    return out;
  }
}

/** @internal The elements of a new tensor in place, to be written: valid until the next allocation. */
export const elementsOf = <T extends DType>(x: Tensor, dtype: T): ArrayOf[T] => {
  recorder?.writes(x);
  return heap.view(dtype, x.address, x.numel());
};

/** @internal Fills a contiguous float tensor from a generator: `draw` writes the elements, and does nothing else. */
export const drawElements = (x: Tensor, draw: Draw): void => {
  if (recorder !== null) recorder.draws(x, draw);
  else draw(heap.view(x.dtype, x.address, x.numel()) as Float32Array | Float64Array);
};
