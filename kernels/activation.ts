// Gradients of activations that cost more than a few instructions: dX ← dY · slope(x), with the strides of binary.ts.
import { GELU_LIMIT, geluSlope32, isAnyOfFourBeyond } from "./math";
import { splats } from "./memory";
import { at, lanes, loadPart, repeat, storePart } from "./simd";

/** Neighbours that are no full turn or beyond GELU_LIMIT. A number steps by 0 bytes. */
function farGeluBackward(out: usize, d: usize, x: usize, dStep: usize, xStep: usize, n: i32): void {
  for (; n >= lanes<f32>(); n -= lanes<f32>()) {
    v128.store(out, f32x4.mul(v128.load(d), geluSlope32(v128.load(x), true)));
    out += 16;
    d += dStep;
    x += xStep;
  }
  if (n > 0) storePart<f32>(out, f32x4.mul(loadPart<f32>(d, n), geluSlope32(loadPart<f32>(x, n), true)), n);
}

@inline
function isFar(x: usize, step: usize): bool {
  return isAnyOfFourBeyond<f32>(v128.load(x), v128.load(x + step), v128.load(x + 2 * step), v128.load(x + 3 * step), GELU_LIMIT);
}

export function geluBackward_f32(
  out: usize, a: usize, b: usize, outer: i32, inner: i32, aOuter: i32, aInner: i32, bOuter: i32, bInner: i32,
): void {
  const aStep: usize = aInner ? 16 : 0, bStep: usize = bInner ? 16 : 0;
  for (let row = 0; row < outer; row++) {
    let d = aInner ? a : repeat<f32>(splats(), a), x = bInner ? b : repeat<f32>(splats() + 64, b);
    let left = inner;
    for (; left >= 4 * lanes<f32>(); left -= 4 * lanes<f32>()) {
      if (isFar(x, bStep)) {
        farGeluBackward(out, d, x, aStep, bStep, 4 * lanes<f32>());
      } else {
        for (let i: usize = 0; i < 4; i++) {
          const slope = geluSlope32(v128.load(x + i * bStep), false);
          v128.store(out + 16 * i, f32x4.mul(v128.load(d + i * aStep), slope));
        }
      }
      out += 64;
      d += 4 * aStep;
      x += 4 * bStep;
    }
    if (left > 0) farGeluBackward(out, d, x, aStep, bStep, left);
    out = at<f32>(out, left);
    a = at<f32>(a, aOuter);
    b = at<f32>(b, bOuter);
  }
}
