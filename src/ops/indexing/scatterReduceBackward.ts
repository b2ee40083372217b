import { ones, onesLike, zerosLike } from "../../tensor/create.js";
import type { Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { div, mul } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { eq, logicalAnd } from "../elementwise/compare.js";
import { where } from "../elementwise/where.js";
import { gather } from "./gather.js";
import { type Scatter, scatter_ } from "./scatter.js";

interface Reduced extends Scatter {
  readonly how: "prod" | "mean" | "amax" | "amin";
  readonly index: Tensor;
  readonly srcShape: Shape;
  readonly x: () => Tensor;
  readonly src: () => Tensor;
  readonly y: () => Tensor;
}

/** Both gradients, each computed when it is asked for. dX is right where the value that was there counted. */
interface Gradients {
  readonly dX: () => Tensor;
  readonly dSrc: () => Tensor;
}

/** The gradients of scatterReduce for what is neither set nor summed. */
export const gradientsOfReduced = (d: Tensor, reduced: Reduced): Gradients =>
  reduced.how === "mean" ? ofMean(d, reduced) : reduced.how === "prod" ? ofProd(d, reduced) : ofExtreme(d, reduced);

const added = (x: Tensor, src: Tensor, { dim, index }: Reduced): Tensor =>
  scatter_([x, index, src], { dim, how: "sum", includeSelf: true });

/** dY / n, where n values met. */
const ofMean = (d: Tensor, reduced: Reduced): Gradients => {
  const { dim, index, includeSelf, srcShape } = reduced;
  const met = added(includeSelf ? onesLike(d) : zerosLike(d), ones(srcShape, { dtype: d.dtype }), reduced);
  const shared = div(d, where(eq(met, 0), 1, met));
  return { dX: () => shared, dSrc: () => gather(shared, dim, index) };
};

/** dY shared by those that are the largest or smallest. */
const ofExtreme = (d: Tensor, reduced: Reduced): Gradients => {
  const { dim, index } = reduced;
  const [x, src, y] = [reduced.x(), reduced.src(), reduced.y()];
  const isX = to(eq(x, y), d.dtype);
  const isSrc = to(eq(src, gather(y, dim, index)), d.dtype);
  const shared = div(d, added(isX, isSrc, reduced));
  return { dX: () => mul(isX, shared), dSrc: () => mul(isSrc, gather(shared, dim, index)) };
};

/** dY · the product of the others: y divided by oneself, but multiplied out where one is 0. */
const ofProd = (d: Tensor, reduced: Reduced): Gradients => {
  const { dim, index, includeSelf } = reduced;
  const product = (x: Tensor, src: Tensor): Tensor => scatter_([x, index, src], { dim, how: "prod", includeSelf });
  const dX = (): Tensor => {
    const x = reduced.x();
    const others = where(eq(x, 0), 1, x);
    return div(mul(d, product(others, reduced.src())), others);
  };
  const dSrc = (): Tensor => {
    const [x, src] = [reduced.x(), reduced.src()];
    const isZero = eq(src, 0);
    const zeros = gather(added(zerosLike(d), to(isZero, d.dtype), reduced), dim, index);
    const isOnlyZero = logicalAnd(isZero, eq(zeros, 1));
    const withoutIt = mul(d, product(x, where(isOnlyZero, 1, src)));
    const divided = div(gather(mul(d, reduced.y()), dim, index), where(isZero, 1, src));
    return where(isOnlyZero, gather(withoutIt, dim, index), divided);
  };
  return { dX, dSrc };
};
