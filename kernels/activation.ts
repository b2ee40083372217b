// Gradients of activations that cost more than a few instructions: dX ← dY · slope(x), with the strides of binary.ts.
import { geluSlope32 } from "./math";
import { at, lanes, loadPart, storePart } from "./simd";

/** One number, or a register of neighbours. */
@inline
function read<T>(from: usize, isOne: bool): v128 {
  return isOne ? v128.load_splat<T>(from) : v128.load(from);
}

export function geluBackward_f32(
  out: usize, a: usize, b: usize, outer: i32, inner: i32, aOuter: i32, aInner: i32, bOuter: i32, bInner: i32,
): void {
  for (let row = 0; row < outer; row++) {
    let i = 0;
    for (; i + lanes<f32>() <= inner; i += lanes<f32>()) {
      const d = read<f32>(at<f32>(a, i * aInner), aInner == 0), x = read<f32>(at<f32>(b, i * bInner), bInner == 0);
      v128.store(at<f32>(out, i), f32x4.mul(d, geluSlope32(x)));
    }
    if (i < inner) {
      const left = inner - i;
      const d = aInner == 0 ? read<f32>(a, true) : loadPart<f32>(at<f32>(a, i), left);
      const x = bInner == 0 ? read<f32>(b, true) : loadPart<f32>(at<f32>(b, i), left);
      storePart<f32>(at<f32>(out, i), f32x4.mul(d, geluSlope32(x)), left);
    }
    out = at<f32>(out, inner);
    a = at<f32>(a, aOuter);
    b = at<f32>(b, bOuter);
  }
}
