/** Reductions: what stands in the main namespace. */
export { cummax, cummin, cumprod, cumsum, logcumsumexp } from "./cumulative.js";
export { cumulativeTrapezoid, diff, trapezoid, trapezoid as trapz } from "./difference.js";
export { aminmax, max, min } from "./extremum.js";
export { type GradientOptions, gradient } from "./gradient.js";
export { bincount, histc, histogram } from "./histogram.js";
export { median, mode, nanmedian } from "./median.js";
export { countNonzero, nanmean, nansum } from "./nan.js";
export { dist, norm, renorm } from "./norm.js";
export { nanquantile, quantile } from "./quantile.js";
export { all, amax, amin, any, argmax, argmin, logsumexp, mean, prod, std, sum, variance as var } from "./reduce.js";
export { corrcoef, cov, stdMean, varMean } from "./spread.js";
