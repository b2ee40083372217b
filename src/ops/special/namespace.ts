/** The namespace `special`, as torch.special. */
export { sigmoid as expit } from "../activation/sigmoid.js";
export { logSoftmax, softmax } from "../activation/softmax.js";
export { exp2, expm1, log1p, logit } from "../elementwise/exponential.js";
export { xlogy } from "../elementwise/logarithms.js";
export { round } from "../elementwise/rounding.js";
export {
  digamma,
  digamma as psi,
  erf,
  erfc,
  erfinv,
  i0,
  i1,
  lgamma as gammaln,
  mvlgamma as multigammaln,
  polygamma,
} from "../elementwise/special.js";
export { sinc } from "../elementwise/trigonometric.js";
export { logsumexp } from "../reduce/reduce.js";
export { i0e, i1e } from "./bessel.js";
export { gammainc, gammaincc, xlog1py, zeta } from "./gamma.js";
export { entr, erfcx, logNdtr, ndtr, ndtri } from "./normal.js";
