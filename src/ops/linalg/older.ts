/** Forms of the main namespace that differ from those of `linalg`, which PyTorch advises. */

import { zerosLike } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";
import { qr as linalgQr, svd as linalgSvd } from "./factor.js";
import { pinv } from "./pseudoinverse.js";
import { mT } from "./solve.js";

export interface OlderSvdOptions {
  /** U and V without the columns that belong to no singular value. Default true. */
  some?: boolean | undefined;
  /** False leaves zeros in the place of U and V. Default true. */
  computeUv?: boolean | undefined;
}

/** A = U · diag(S) · Vᵀ, singular values falling: V itself, where linalg.svd gives its transpose. @source torch.svd */
export const svd = (
  A: Tensor,
  { some = true, computeUv = true }: OlderSvdOptions = {},
): { U: Tensor; S: Tensor; V: Tensor } => {
  const isReduced = some && computeUv;
  const { U, S, Vh } = linalgSvd(A, { fullMatrices: !isReduced });
  return computeUv ? { U, S, V: mT(Vh) } : { U: zerosLike(U), S, V: zerosLike(Vh) };
};

/** Orthogonal Q and triangular R of A = Q · R; `some: false` makes Q square. @source torch.qr */
export const qr = (A: Tensor, { some = true }: { some?: boolean | undefined } = {}): { Q: Tensor; R: Tensor } =>
  linalgQr(A, { mode: some ? "reduced" : "complete" });

/** The pseudoinverse: singular values below rcond · the largest are left out. Default 1e-15. @source torch.pinverse */
export const pinverse = (A: Tensor, { rcond = 1e-15 }: { rcond?: number | undefined } = {}): Tensor =>
  pinv(A, { rtol: rcond });
