import type { Tensor } from "../../../src/index.js";
import * as mt from "../../../src/index.js";
import { distinct, fixed, type Row, real } from "./row.js";

const { functional } = mt.nn;
const { linalg: la } = mt;

const eye = (n: number): Tensor => mt.eye(n, { dtype: "float64" });
/** Far from singular, whatever x is. */
const regular = (x: Tensor): Tensor => x.add(eye(x.shape.at(-1) as number).mul(4));
const unpacked = ({ L, U }: { L: Tensor; U: Tensor }): Tensor[] => [L, U];
/** Symmetric and positive definite, with distinct eigenvalues. */
const definite = (x: Tensor): Tensor => x.matmul(x.mT).add(eye(x.shape.at(-1) as number));

const products: Row[] = [
  { name: "matmul", fn: mt.matmul, inputs: [real(2, 3), real(3, 2)] },
  { name: "matmul, of batches", fn: mt.matmul, inputs: [real(2, 1, 2, 2), real(2, 2)] },
  { name: "matmul, by a vector", fn: mt.matmul, inputs: [real(2, 2, 3), real(3)] },
  { name: "mm", fn: mt.mm, inputs: [real(2, 3), real(3, 2)] },
  { name: "bmm", fn: mt.bmm, inputs: [real(2, 2, 2), real(2, 2, 1)] },
  { name: "mv", fn: mt.mv, inputs: [real(2, 3), real(3)] },
  { name: "dot", fn: mt.dot, inputs: [real(3), real(3)] },
  { name: "vdot", fn: mt.vdot, inputs: [real(3), real(3)] },
  { name: "outer", fn: mt.outer, inputs: [real(2), real(3)] },
  { name: "ger", fn: mt.ger, inputs: [real(2), real(3)] },
  { name: "inner", fn: mt.inner, inputs: [real(2, 3), real(2, 3)] },
  { name: "kron", fn: mt.kron, inputs: [real(2, 2), real(1, 3)] },
  { name: "trace", fn: mt.trace, inputs: [real(3, 2)] },
  {
    name: "addmm",
    fn: (x, a, b) => mt.addmm(x, a, b, { beta: 2, alpha: 3 }),
    inputs: [real(2), real(2, 3), real(3, 2)],
  },
  {
    name: "addmv",
    fn: (x, a, b) => mt.addmv(x, a, b, { beta: 2, alpha: 3 }),
    inputs: [real(2), real(2, 3), real(3)],
  },
  {
    name: "addr",
    fn: (x, a, b) => mt.addr(x, a, b, { beta: 2, alpha: 3 }),
    inputs: [real(2, 3), real(2), real(3)],
  },
  {
    name: "baddbmm",
    fn: (x, a, b) => mt.baddbmm(x, a, b, { beta: 2 }),
    inputs: [real(2, 2), real(2, 2, 2), real(2, 2, 2)],
  },
  {
    name: "addbmm",
    fn: (x, a, b) => mt.addbmm(x, a, b, { alpha: 2 }),
    inputs: [real(2, 2), real(2, 2, 2), real(2, 2, 2)],
  },
  {
    name: "tensordot",
    fn: (a, b) => mt.tensordot(a, b, { dims: [[0], [1]] }),
    inputs: [real(2, 3), real(2, 2)],
  },
  { name: "einsum", fn: (a, b) => mt.einsum("ij,kj->ik", a, b), inputs: [real(2, 3), real(2, 3)] },
  { name: "einsum, of a diagonal", fn: (a) => mt.einsum("ii->i", a), inputs: [real(3, 3)] },
  { name: "chainMatmul", fn: mt.chainMatmul, inputs: [real(2, 2), real(2, 3), real(3, 1)] },
  { name: "cross", fn: (a, b) => mt.cross(a, b), inputs: [real(2, 3), real(2, 3)] },
  { name: "bilinear", fn: mt.bilinear, inputs: [real(2, 2), real(2, 3), real(2, 2, 3), real(2)] },
  { name: "nn.functional.linear", fn: functional.linear, inputs: [real(2, 3), real(2, 3), real(2)] },
  { name: "cdist", fn: (a, b) => mt.cdist(a, b), inputs: [real(2, 3), distinct(2, 3)] },
  { name: "cdist, of order 1", fn: (a, b) => mt.cdist(a, b, { p: 1 }), inputs: [real(2, 3), distinct(2, 3)] },
  { name: "nn.functional.pdist", fn: (x) => functional.pdist(x), inputs: [distinct(3, 2)] },
  {
    name: "nn.functional.pairwiseDistance",
    fn: (a, b) => functional.pairwiseDistance(a, b),
    inputs: [real(2, 3), distinct(2, 3)],
  },
  { name: "cosineSimilarity", fn: (a, b) => mt.cosineSimilarity(a, b), inputs: [real(2, 3), real(2, 3)] },
];

const solving: Row[] = [
  { name: "det", fn: mt.det, inputs: [real(3, 3)] },
  {
    name: "det, singular",
    fn: (x) => mt.det(x.reshape(2, 2)),
    inputs: [fixed(1, 2, 2, 4)],
  },
  { name: "slogdet", fn: (x) => mt.slogdet(regular(x)).logabsdet, inputs: [real(2, 2, 2)] },
  { name: "logdet", fn: (x) => mt.logdet(regular(x)), inputs: [real(2, 2)] },
  { name: "inverse", fn: (x) => mt.inverse(regular(x)), inputs: [real(2, 2)] },
  { name: "pinverse", fn: (x) => mt.pinverse(x), inputs: [distinct(2, 3)] },
  { name: "cholesky", fn: (x) => mt.cholesky(definite(x)), inputs: [real(3, 3)] },
  { name: "cholesky, upper", fn: (x) => mt.cholesky(definite(x), { upper: true }), inputs: [real(2, 2)] },
  {
    name: "choleskySolve",
    fn: (b, l) => mt.choleskySolve(b, regular(l).tril()),
    inputs: [real(2, 2), real(2, 2)],
  },
  { name: "choleskyInverse", fn: (l) => mt.choleskyInverse(regular(l).tril()), inputs: [real(2, 2)] },
  { name: "qr", fn: (x) => Object.values(mt.qr(x)), inputs: [distinct(3, 2)] },
  { name: "svd", fn: (x) => Object.values(mt.svd(x)), inputs: [distinct(2, 3)] },
  { name: "orgqr", fn: mt.orgqr, inputs: [real(3, 2), real(2)] },
  {
    name: "luUnpack",
    fn: (x) => unpacked(mt.luUnpack(x, mt.tensor([2, 2], { dtype: "int32" }))),
    inputs: [real(2, 2)],
  },
  { name: "matrixExp", fn: mt.matrixExp, inputs: [real(2, 2)] },
  { name: "matrixPower", fn: (x) => mt.matrixPower(x, 3), inputs: [real(2, 2)] },
  { name: "matrixPower, negative", fn: (x) => mt.matrixPower(regular(x), -2), inputs: [real(2, 2)] },
  {
    name: "linalg.multiDot",
    fn: (a, b, c) => la.multiDot([a, b, c]),
    inputs: [real(2), real(2, 3), real(3, 1)],
  },
  { name: "linalg.vecdot", fn: (a, b) => la.vecdot(a, b), inputs: [real(2, 3), real(3)] },
  { name: "linalg.cross", fn: (a, b) => la.cross(a, b), inputs: [real(2, 3), real(1, 3)] },
  { name: "linalg.diagonal", fn: (x) => la.diagonal(x), inputs: [real(2, 3)] },
  { name: "linalg.inv", fn: (x) => la.inv(regular(x)), inputs: [real(2, 2, 2)] },
  { name: "linalg.pinv", fn: (x) => la.pinv(x), inputs: [distinct(3, 2)] },
  { name: "linalg.det", fn: la.det, inputs: [real(2, 2, 2)] },
  { name: "linalg.slogdet", fn: (x) => la.slogdet(regular(x)).logabsdet, inputs: [real(3, 3)] },
  { name: "linalg.solve", fn: (a, b) => la.solve(regular(a), b), inputs: [real(2, 2), real(2, 3)] },
  {
    name: "linalg.solve, from the right",
    fn: (a, b) => la.solve(regular(a), b, { left: false }),
    inputs: [real(2, 2), real(3, 2)],
  },
  { name: "linalg.solve, a vector", fn: (a, b) => la.solve(regular(a), b), inputs: [real(3, 3), real(3)] },
  {
    name: "linalg.solveTriangular",
    fn: (a, b) => la.solveTriangular(regular(a), b, { upper: true }),
    inputs: [real(2, 2), real(2, 3)],
  },
  {
    name: "linalg.solveTriangular, of unit diagonal",
    fn: (a, b) => la.solveTriangular(a, b, { upper: false, left: false, unitriangular: true }),
    inputs: [real(2, 2), real(3, 2)],
  },
  { name: "linalg.cholesky", fn: (x) => la.cholesky(definite(x)), inputs: [real(2, 2)] },
  { name: "linalg.qr", fn: (x) => Object.values(la.qr(x)), inputs: [distinct(2, 2)] },
  { name: "linalg.eigh", fn: (x) => Object.values(la.eigh(x.add(x.mT))), inputs: [distinct(3, 3)] },
  { name: "linalg.eigvalsh", fn: (x) => la.eigvalsh(x.add(x.mT)), inputs: [distinct(3, 3)] },
  { name: "linalg.svd", fn: (x) => Object.values(la.svd(x, { fullMatrices: false })), inputs: [distinct(3, 2)] },
  { name: "linalg.lu", fn: (x) => unpacked(la.lu(x)), inputs: [distinct(3, 3)] },
  { name: "linalg.lu, tall", fn: (x) => unpacked(la.lu(x)), inputs: [distinct(3, 2)] },
  { name: "linalg.lu, wide", fn: (x) => unpacked(la.lu(x)), inputs: [distinct(2, 2, 3)] },
  { name: "linalg.luFactor", fn: (x) => la.luFactor(x).LU, inputs: [distinct(3, 2)] },
  {
    name: "linalg.luSolve",
    fn: (x, b) => la.luSolve(la.luFactor(x).LU, la.luFactor(x).pivots, b),
    inputs: [distinct(3, 3), real(3, 2)],
  },
  {
    name: "linalg.luSolve, transposed from the right",
    fn: (x, b) => la.luSolve(la.luFactor(x).LU, la.luFactor(x).pivots, b, { left: false, adjoint: true }),
    inputs: [distinct(2, 2), real(3, 2)],
  },
  { name: "linalg.lstsq", fn: (a, b) => la.lstsq(a, b).solution, inputs: [distinct(3, 2), real(3, 2)] },
  { name: "linalg.lstsq, of too few rows", fn: (a, b) => la.lstsq(a, b).solution, inputs: [distinct(2, 3), real(2)] },
  { name: "linalg.householderProduct", fn: la.householderProduct, inputs: [real(3, 2), real(1)] },
  { name: "linalg.cond", fn: (x) => la.cond(x), inputs: [distinct(3, 2)] },
  { name: "linalg.cond, of order 1", fn: (x) => la.cond(regular(x), { p: 1 }), inputs: [distinct(2, 2)] },
  {
    name: "linalg.tensorinv",
    fn: (x) => la.tensorinv(x.add(eye(4).reshape([2, 2, 4]).mul(4)), { ind: 2 }),
    inputs: [real(2, 2, 4)],
  },
  {
    name: "linalg.tensorsolve",
    fn: (a, b) => la.tensorsolve(a.add(eye(4).reshape([2, 2, 4]).mul(4)), b),
    inputs: [real(2, 2, 4), real(2, 2)],
  },
  { name: "linalg.vander", fn: (x) => la.vander(x, { N: 3 }), inputs: [real(2, 2)] },
  { name: "linalg.svdvals", fn: (x) => la.svdvals(x), inputs: [distinct(2, 3)] },
  { name: "linalg.matrixExp", fn: la.matrixExp, inputs: [real(2, 2)] },
  { name: "linalg.matrixPower", fn: (x) => la.matrixPower(x, 2), inputs: [real(2, 2)] },
  { name: "linalg.matmul", fn: la.matmul, inputs: [real(2, 2), real(2, 2)] },
  { name: "linalg.norm", fn: (x) => la.norm(x), inputs: [real(2, 3)] },
  { name: "linalg.norm, of matrices", fn: (x) => la.norm(x, { ord: 2, dim: [0, 1] }), inputs: [distinct(2, 3)] },
  ...(["fro", "nuc", 1, -1, 2, -2, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as const).map(
    (ord): Row => ({
      name: `linalg.matrixNorm, of order ${ord}`,
      fn: (x) => la.matrixNorm(x, { ord }),
      inputs: [distinct(2, 3)],
    }),
  ),
];

export const linalg: Row[] = [...products, ...solving];
