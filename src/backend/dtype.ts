/** Element types that live in memory. int64, float16 and bfloat16 exist in files only and convert on the way in. */
export type DType = "float32" | "float64" | "int32" | "uint8" | "bool";

/** The typed array that holds elements of each dtype; bool is stored as bytes 0 and 1. */
export interface ArrayOf {
  float32: Float32Array;
  float64: Float64Array;
  int32: Int32Array;
  uint8: Uint8Array;
  bool: Uint8Array;
}

export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/** Bytes an element takes. */
export const itemSize: Readonly<Record<DType, number>> = { float32: 4, float64: 8, int32: 4, uint8: 1, bool: 1 };

export const isFloating = (dtype: DType): boolean => dtype === "float32" || dtype === "float64";
