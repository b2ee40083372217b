import { arange, type Tensor } from "../../src/index.js";

/** 0, 1, 2, … as float32. */
export const iota = (...shape: number[]): Tensor =>
  arange(
    shape.reduce((a, b) => a * b, 1),
    { dtype: "float32" },
  ).reshape(shape);
