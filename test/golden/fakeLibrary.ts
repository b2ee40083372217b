/** A library of one op, `twice`, that can be told to be wrong: what the golden runner has to notice is tried on it. */
export interface Defects {
  readonly value?: number;
  readonly shape?: readonly number[];
  readonly dtype?: string;
  readonly isDetached?: boolean;
  readonly gradientFactor?: number;
  readonly overwritesInput?: boolean;
  /** How `twice` answers an integer input, which it should refuse: with a plain Error, or not at all. */
  readonly refusal?: "typed" | "untyped" | "none";
}

class FakeError extends Error {}

type Data = readonly number[];

class FakeTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  data: number[];
  requiresGrad = false;
  grad: FakeTensor | null = null;
  /** Where a gradient goes, and by what it is multiplied. */
  source: { x: FakeTensor; factor: number } | null = null;

  constructor(data: Data, shape: readonly number[], dtype: string) {
    this.data = [...data];
    this.shape = shape;
    this.dtype = dtype;
  }

  toTypedArray(): Data {
    return this.data;
  }

  detach(): FakeTensor {
    return new FakeTensor(this.data, this.shape, this.dtype);
  }

  requiresGrad_(): FakeTensor {
    this.requiresGrad = true;
    return this;
  }

  backward(gradient: FakeTensor): void {
    if (this.source === null) return;
    const { x, factor } = this.source;
    x.grad = new FakeTensor(
      gradient.data.map((v) => v * factor),
      x.shape,
      x.dtype,
    );
  }
}

export const fakeLibrary = (defects: Defects = {}): Readonly<Record<string, unknown>> => ({
  MytorchError: FakeError,
  tensor: (data: ArrayLike<number>, { shape, dtype }: { shape: number[]; dtype: string }) =>
    new FakeTensor(Array.from(data), shape, dtype),
  twice: (x: FakeTensor) => {
    if (x.dtype !== "float32" && defects.refusal !== "none") {
      const message = "twice: takes floats, not integers";
      throw defects.refusal === "untyped" ? new TypeError(message) : new FakeError(message);
    }
    const out = new FakeTensor(
      x.data.map((v) => v * 2 + (defects.value ?? 0)),
      defects.shape ?? x.shape,
      defects.dtype ?? x.dtype,
    );
    if (x.requiresGrad && defects.isDetached !== true) {
      out.requiresGrad = true;
      out.source = { x, factor: defects.gradientFactor ?? 2 };
    }
    if (defects.overwritesInput === true) x.data[0] = 99;
    return out;
  },
});
