import { defineOp } from "../../autograd/defineOp.js";
import type { PredicateOp } from "../../backend/ops.js";
import type { Tensor } from "../../tensor/tensor.js";
import { defineCompare } from "./defineBinary.js";

/** a = b, as bool. NaN equals nothing. @source torch.eq */
export const eq = defineCompare("eq", "eq");
/** a ≠ b. @source torch.ne */
export const ne = defineCompare("ne", "ne");
/** a < b. @source torch.lt */
export const lt = defineCompare("lt", "lt");
/** a ≤ b. @source torch.le */
export const le = defineCompare("le", "le");
/** a > b. @source torch.gt */
export const gt = defineCompare("gt", "gt");
/** a ≥ b. @source torch.ge */
export const ge = defineCompare("ge", "ge");
/** Both are not zero. @source torch.logical_and */
export const logicalAnd = defineCompare("logicalAnd", "logicalAnd");
/** One is not zero. @source torch.logical_or */
export const logicalOr = defineCompare("logicalOr", "logicalOr");
/** Exactly one is not zero. @source torch.logical_xor */
export const logicalXor = defineCompare("logicalXor", "logicalXor");

const definePredicate = (name: string, kernel: PredicateOp): ((x: Tensor) => Tensor) => {
  const run = defineOp({
    name,
    shape: ([x]) => ({ shape: (x as Tensor).shape, dtype: "bool" }),
    forward: (k, [y], [x]) => k.predicate(kernel, y as Tensor, x as Tensor),
  });
  return (x) => run([x], undefined);
};

/** x = 0. @source torch.logical_not */
export const logicalNot = definePredicate("logicalNot", "logicalNot");
/** x is NaN. @source torch.isnan */
export const isnan = definePredicate("isnan", "isNaN");
/** x is infinite. @source torch.isinf */
export const isinf = definePredicate("isinf", "isInf");
/** x is neither NaN nor infinite. @source torch.isfinite */
export const isfinite = definePredicate("isfinite", "isFinite");
/** x is negative, −0 included. @source torch.signbit */
export const signbit = definePredicate("signbit", "signBit");
/** x is infinite and positive. @source torch.isposinf */
export const isposinf = (x: Tensor): Tensor => eq(x, Number.POSITIVE_INFINITY);
/** x is infinite and negative. @source torch.isneginf */
export const isneginf = (x: Tensor): Tensor => eq(x, Number.NEGATIVE_INFINITY);
