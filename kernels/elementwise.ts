// Element by element on contiguous memory. Binary kernels see [outer, inner]: each operand steps by its own outer stride
// (elements) and by 0 or 1 inside, which covers equal shapes, scalars, rows and columns.

export const ADD: i32 = 0;
export const SUB: i32 = 1;
export const MUL: i32 = 2;
export const DIV: i32 = 3;
export const MAXIMUM: i32 = 4;
export const MINIMUM: i32 = 5;
export const RELU_BACKWARD: i32 = 6;
export const SIGMOID_BACKWARD: i32 = 7;
export const TANH_BACKWARD: i32 = 8;

// @ts-ignore: decorator
@inline
function vector<T>(op: i32, a: v128, b: v128): v128 {
  const one = v128.splat<T>(<T>1);
  switch (op) {
    case ADD: return v128.add<T>(a, b);
    case SUB: return v128.sub<T>(a, b);
    case MUL: return v128.mul<T>(a, b);
    case DIV: return v128.div<T>(a, b);
    case MAXIMUM: return v128.max<T>(a, b);
    case MINIMUM: return v128.min<T>(a, b);
    // Where y ≤ 0 the gradient is 0; NaN is not, so it lets the gradient through.
    case RELU_BACKWARD: return v128.andnot(a, v128.le<T>(b, v128.splat<T>(<T>0)));
    case SIGMOID_BACKWARD: return v128.mul<T>(v128.mul<T>(a, b), v128.sub<T>(one, b));
    default: return v128.mul<T>(a, v128.sub<T>(one, v128.mul<T>(b, b)));
  }
}

// @ts-ignore: decorator
@inline
function one<T>(op: i32, a: T, b: T): T {
  switch (op) {
    case ADD: return a + b;
    case SUB: return a - b;
    case MUL: return a * b;
    case DIV: return a / b;
    case MAXIMUM: return max<T>(a, b);
    case MINIMUM: return min<T>(a, b);
    case RELU_BACKWARD: return b <= <T>0 ? <T>0 : a;
    case SIGMOID_BACKWARD: return a * b * (<T>1 - b);
    default: return a * (<T>1 - b * b);
  }
}

// @ts-ignore: decorator
@inline
function loop<T>(op: i32, out: usize, a: usize, b: usize, outer: i32, inner: i32, outerA: i32, outerB: i32, stepA: i32, stepB: i32): void {
  const S = sizeof<T>();
  const lanes = i32(16 / S);
  for (let o = 0; o < outer; o++) {
    let p = a + <usize>(o * outerA) * S;
    let q = b + <usize>(o * outerB) * S;
    const wholeA = v128.load_splat<T>(p);
    const wholeB = v128.load_splat<T>(q);
    let i = 0;
    for (; i + lanes <= inner; i += lanes) {
      const x = stepA ? v128.load(p + <usize>i * S) : wholeA;
      const y = stepB ? v128.load(q + <usize>i * S) : wholeB;
      v128.store(out, vector<T>(op, x, y));
      out += 16;
    }
    for (; i < inner; i++) {
      store<T>(out, one<T>(op, load<T>(p + <usize>(i * stepA) * S), load<T>(q + <usize>(i * stepB) * S)));
      out += S;
    }
  }
}

// @ts-ignore: decorator
@inline
function dispatch<T>(op: i32, out: usize, a: usize, b: usize, outer: i32, inner: i32, outerA: i32, outerB: i32, stepA: i32, stepB: i32): void {
  switch (op) {
    case ADD: { loop<T>(ADD, out, a, b, outer, inner, outerA, outerB, stepA, stepB); break; }
    case SUB: { loop<T>(SUB, out, a, b, outer, inner, outerA, outerB, stepA, stepB); break; }
    case MUL: { loop<T>(MUL, out, a, b, outer, inner, outerA, outerB, stepA, stepB); break; }
    case DIV: { loop<T>(DIV, out, a, b, outer, inner, outerA, outerB, stepA, stepB); break; }
    case MAXIMUM: { loop<T>(MAXIMUM, out, a, b, outer, inner, outerA, outerB, stepA, stepB); break; }
    case MINIMUM: { loop<T>(MINIMUM, out, a, b, outer, inner, outerA, outerB, stepA, stepB); break; }
    case RELU_BACKWARD: { loop<T>(RELU_BACKWARD, out, a, b, outer, inner, outerA, outerB, stepA, stepB); break; }
    case SIGMOID_BACKWARD: { loop<T>(SIGMOID_BACKWARD, out, a, b, outer, inner, outerA, outerB, stepA, stepB); break; }
    default: loop<T>(TANH_BACKWARD, out, a, b, outer, inner, outerA, outerB, stepA, stepB);
  }
}

export function binaryF32(op: i32, out: usize, a: usize, b: usize, outer: i32, inner: i32, outerA: i32, outerB: i32, stepA: i32, stepB: i32): void {
  dispatch<f32>(op, out, a, b, outer, inner, outerA, outerB, stepA, stepB);
}

export function binaryF64(op: i32, out: usize, a: usize, b: usize, outer: i32, inner: i32, outerA: i32, outerB: i32, stepA: i32, stepB: i32): void {
  dispatch<f64>(op, out, a, b, outer, inner, outerA, outerB, stepA, stepB);
}

/** max(x, 0) that keeps NaN. */
export function reluF32(out: usize, x: usize, n: i32): void {
  const zero = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= n; i += 4) v128.store(out + <usize>i * 4, f32x4.max(v128.load(x + <usize>i * 4), zero));
  for (; i < n; i++) {
    const v = load<f32>(x + <usize>i * 4);
    store<f32>(out + <usize>i * 4, v < 0 ? 0 : v);
  }
}
