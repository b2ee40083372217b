import { defineMultiOp, defineOp } from "../../autograd/defineOp.js";
import { eye } from "../../tensor/create.js";
import { GradError, ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, div, mul, sub } from "../elementwise/arithmetic.js";
import { eq } from "../elementwise/compare.js";
import { square } from "../elementwise/unary.js";
import { where } from "../elementwise/where.js";
import { diagEmbed } from "../movement/diagonal.js";
import { cat, unsqueeze } from "../movement/reshape.js";
import { narrow } from "../movement/slice.js";
import { tril } from "../movement/triangle.js";
import { matmul } from "./matmul.js";
import { inv, mT, requireMatrices } from "./solve.js";

/** The lower triangle with half the diagonal. */
const lowerHalf = (x: Tensor): Tensor => mul(add(tril(x), tril(x, -1)), 0.5);

const cholesky_ = defineOp({
  name: "cholesky",
  shape: ([A]) => A as Tensor,
  forward: (k, [L], [A]) => {
    const bad = k.factor("cholesky", [L as Tensor], [A as Tensor], [(A as Tensor).shape.at(-1) as number]);
    if (bad < 0) return;
    throw new ValueError({
      op: "cholesky",
      problem: `${(A as Tensor).ndim > 2 ? `matrix ${bad} of the batch` : "the matrix"} is not positive definite`,
    });
  },
  savesOutputs: [0],
  backward: ([d], { output }) => {
    const L = output(0);
    const inverse = inv(L);
    const S = matmul(matmul(mT(inverse), lowerHalf(matmul(mT(L), d as Tensor))), inverse);
    return [mul(add(S, mT(S)), 0.5)];
  },
});

/** The triangular L of A = L · Lᵀ, for symmetric positive definite A. @throws ValueError for any other @source torch.linalg.cholesky */
export const cholesky = (A: Tensor, { upper = false }: { upper?: boolean | undefined } = {}): Tensor => {
  requireMatrices("cholesky", A, true);
  const L = cholesky_([A], undefined);
  return upper ? mT(L) : L;
};

const qr_ = defineMultiOp<number>({
  name: "qr",
  shape: ([A], q) => {
    const { shape, dtype } = A as Tensor;
    const [lead, m, n] = [shape.slice(0, -2), shape.at(-2) as number, shape.at(-1) as number];
    return [
      { shape: [...lead, m, q], dtype },
      { shape: [...lead, q, n], dtype },
    ];
  },
  forward: (k, outputs, [A], q) => {
    const [m, n] = (A as Tensor).shape.slice(-2) as [number, number];
    k.factor("qr", outputs, [A as Tensor], [m, n, q]);
  },
  savesInputs: [0],
  savesOutputs: [0, 1],
  backward: ([dQ, dR], { attrs: q, input, output }) => {
    const [m, n] = input(0).shape.slice(-2) as [number, number];
    if (q > n)
      throw new GradError({
        op: "qr",
        problem: "the complete form of a tall matrix has no gradient",
        hint: 'use mode "reduced"',
      });
    const [Q, R] = [output(0), output(1)];
    if (m >= n) return [squareGradient(Q, R, dQ as Tensor, dR as Tensor)];
    // A wide A = [X Y]: Q and R's first columns are X's, and Y = Q · R's others.
    const Y = narrow(input(0), -1, m, n - m);
    const [dU, dV] = [narrow(dR as Tensor, -1, 0, m), narrow(dR as Tensor, -1, m, n - m)];
    const dX = squareGradient(Q, narrow(R, -1, 0, m), add(dQ as Tensor, matmul(Y, mT(dV))), dU);
    return [cat([dX, matmul(Q, dV)], -1)];
  },
});

/** @source Walter & Lehmann, Algorithmic differentiation of linear algebra functions, 2013 */
const squareGradient = (Q: Tensor, R: Tensor, dQ: Tensor, dR: Tensor): Tensor => {
  const M = sub(matmul(R, mT(dR)), matmul(mT(dQ), Q));
  const symmetric = add(tril(M), mT(tril(M, -1)));
  return matmul(add(dQ, matmul(Q, symmetric)), mT(inv(R)));
};

/** Orthogonal Q and triangular R of A = Q · R. @source torch.linalg.qr */
export const qr = (
  A: Tensor,
  { mode = "reduced" }: { mode?: "reduced" | "complete" | "r" | undefined } = {},
): { Q: Tensor; R: Tensor } => {
  requireMatrices("qr", A, false);
  const [m, n] = A.shape.slice(-2) as [number, number];
  if (mode !== "reduced" && mode !== "complete" && mode !== "r")
    throw new ValueError({
      op: "qr",
      problem: `mode ${String(mode)} is not known`,
      rule: '"reduced", "complete" or "r"',
    });
  const [Q, R] = qr_([A], mode === "complete" ? m : Math.min(m, n)) as [Tensor, Tensor];
  return { Q, R };
};

/** 1 / (b[j] − b[i]) off the diagonal, 0 on it. */
const inverseGaps = (b: Tensor): Tensor => {
  const gaps = sub(unsqueeze(b, -2), unsqueeze(b, -1));
  const isDiagonal = eq(eye(b.shape.at(-1) as number, { dtype: b.dtype }), 1);
  return where(isDiagonal, 0, div(1, where(isDiagonal, 1, gaps)));
};

const eigh_ = defineMultiOp<"L" | "U">({
  name: "eigh",
  shape: ([A]) => {
    const { shape, dtype } = A as Tensor;
    return [
      { shape: shape.slice(0, -1), dtype },
      { shape, dtype },
    ];
  },
  forward: (k, outputs, [A], half) => {
    const { shape, strides, dtype, address } = A as Tensor;
    // The kernel reads the lower half: the upper one is that of the transpose.
    const last = [strides.at(-1) as number, strides.at(-2) as number];
    const turned = { shape, strides: [...strides.slice(0, -2), ...last], dtype, address };
    k.factor("eigh", outputs, [half === "L" ? (A as Tensor) : turned], [shape.at(-1) as number]);
  },
  savesOutputs: [0, 1],
  backward: ([dValues, dV], { arrived, output }) => {
    const [values, V] = [output(0), output(1)];
    let core = diagEmbed(dValues as Tensor);
    if (arrived(1)) core = add(core, mul(matmul(mT(V), dV as Tensor), inverseGaps(values)));
    return [matmul(matmul(V, core), mT(V))];
  },
});

/**
 * Eigenvalues, rising, and eigenvectors (columns) of a symmetric matrix; only one half of it is read.
 *
 * @grad V · (diag(dValues) + (Vᵀ · dV) / gaps) · Vᵀ, for both halves alike, as in PyTorch
 * @source torch.linalg.eigh
 */
export const eigh = (
  A: Tensor,
  { UPLO = "L" }: { UPLO?: "L" | "U" | undefined } = {},
): { eigenvalues: Tensor; eigenvectors: Tensor } => {
  requireMatrices("eigh", A, true);
  if (UPLO !== "L" && UPLO !== "U")
    throw new ValueError({ op: "eigh", problem: `UPLO ${String(UPLO)} is not known`, rule: '"L" or "U"' });
  const [eigenvalues, eigenvectors] = eigh_([A], UPLO) as [Tensor, Tensor];
  return { eigenvalues, eigenvectors };
};

/** Eigenvalues of a symmetric matrix, rising. @source torch.linalg.eigvalsh */
export const eigvalsh = (A: Tensor, options: { UPLO?: "L" | "U" | undefined } = {}): Tensor =>
  eigh(A, options).eigenvalues;

interface SvdSizes {
  readonly u: number;
  readonly v: number;
}

const svd_ = defineMultiOp<SvdSizes>({
  name: "svd",
  shape: ([A], { u, v }) => {
    const { shape, dtype } = A as Tensor;
    const [lead, m, n] = [shape.slice(0, -2), shape.at(-2) as number, shape.at(-1) as number];
    return [
      { shape: [...lead, m, u], dtype },
      { shape: [...lead, Math.min(m, n)], dtype },
      { shape: [...lead, v, n], dtype },
    ];
  },
  forward: (k, outputs, [A], { u, v }) => {
    const [m, n] = (A as Tensor).shape.slice(-2) as [number, number];
    k.factor("svd", outputs, [A as Tensor], [m, n, u, v]);
  },
  savesOutputs: [0, 1, 2],
  backward: ([dU, dS, dVh], { arrived, inputMeta, output }) => {
    const [m, n] = (inputMeta[0] as Tensor).shape.slice(-2) as [number, number];
    const k = Math.min(m, n);
    const [U, S, Vh] = [narrow(output(0), -1, 0, k), output(1), narrow(output(2), -2, 0, k)];
    let core = diagEmbed(dS as Tensor);
    if (!arrived(0) && !arrived(2)) return [matmul(matmul(U, core), Vh)];
    // The full form's further columns are any that fit: as in PyTorch, their gradients do not count.
    const [V, gU, gV] = [mT(Vh), narrow(dU as Tensor, -1, 0, k), mT(narrow(dVh as Tensor, -2, 0, k))];
    const F = inverseGaps(square(S));
    const row = unsqueeze(S, -2);
    const J = mul(matmul(mT(U), gU), F);
    const K = mul(matmul(mT(V), gV), F);
    core = add(core, add(mul(add(J, mT(J)), row), mul(unsqueeze(S, -1), add(K, mT(K)))));
    let dA = matmul(matmul(U, core), Vh);
    if (m > k) dA = add(dA, matmul(div(sub(gU, matmul(U, matmul(mT(U), gU))), row), Vh));
    if (n > k) dA = add(dA, matmul(U, mT(div(sub(gV, matmul(V, matmul(Vh, gV))), row))));
    return [dA];
  },
});

/** A = U · diag(S) · Vh, singular values falling. @source torch.linalg.svd */
export const svd = (
  A: Tensor,
  { fullMatrices = true }: { fullMatrices?: boolean | undefined } = {},
): { U: Tensor; S: Tensor; Vh: Tensor } => {
  requireMatrices("svd", A, false);
  const [m, n] = A.shape.slice(-2) as [number, number];
  const k = Math.min(m, n);
  const [U, S, Vh] = svd_([A], fullMatrices ? { u: m, v: n } : { u: k, v: k }) as [Tensor, Tensor, Tensor];
  return { U, S, Vh };
};

/** Singular values, falling. @source torch.linalg.svdvals */
export const svdvals = (A: Tensor): Tensor => svd(A, { fullMatrices: false }).S;
