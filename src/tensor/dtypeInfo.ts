import { type DType, isFloating } from "../backend/dtype.js";
import { DTypeError } from "./errors.js";

/** The limits of a floating dtype. */
export interface FloatInfo {
  readonly bits: number;
  /** The gap between 1 and the next number. */
  readonly eps: number;
  readonly min: number;
  readonly max: number;
  /** The smallest positive number with full precision. */
  readonly tiny: number;
}

const floats: Readonly<Record<"float32" | "float64", FloatInfo>> = {
  float32: {
    bits: 32,
    eps: 2 ** -23,
    min: -(2 - 2 ** -23) * 2 ** 127,
    max: (2 - 2 ** -23) * 2 ** 127,
    tiny: 2 ** -126,
  },
  float64: { bits: 64, eps: 2 ** -52, min: -Number.MAX_VALUE, max: Number.MAX_VALUE, tiny: 2 ** -1022 },
};

/** The limits of float32 or float64. @throws DTypeError for any other @source torch.finfo */
export const finfo = (dtype: DType): FloatInfo => {
  if (dtype === "float32" || dtype === "float64") return floats[dtype];
  throw new DTypeError({ op: "finfo", problem: `${dtype} is no floating dtype`, hint: "iinfo knows integers" });
};

/** The limits of int32 or uint8. @throws DTypeError for any other @source torch.iinfo */
export const iinfo = (dtype: DType): { bits: number; min: number; max: number } => {
  if (isFloating(dtype) || dtype === "bool")
    throw new DTypeError({ op: "iinfo", problem: `${dtype} is no integer dtype`, hint: "finfo knows floats" });
  return dtype === "uint8" ? { bits: 8, min: 0, max: 255 } : { bits: 32, min: -(2 ** 31), max: 2 ** 31 - 1 };
};
