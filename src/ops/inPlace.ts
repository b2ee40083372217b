import { inPlace } from "../autograd/inPlace.js";
import { fullLike } from "../tensor/create.js";
import type { Tensor } from "../tensor/tensor.js";
import { type AlphaOptions, add, div, mul, sub } from "./elementwise/arithmetic.js";
import { clone, to } from "./elementwise/cast.js";
import type { Value } from "./elementwise/defineBinary.js";
import { expand } from "./movement/broadcast.js";

/** x ← x + alpha · y. @throws GradError for a leaf that requires a gradient @source torch.Tensor.add_ */
export const add_ = <T extends Tensor>(x: T, y: Value, options?: AlphaOptions): T =>
  inPlace("add_", x, () => add(x, y, options));
/** x ← x − alpha · y. @source torch.Tensor.sub_ */
export const sub_ = <T extends Tensor>(x: T, y: Value, options?: AlphaOptions): T =>
  inPlace("sub_", x, () => sub(x, y, options));
/** x ← x · y. @source torch.Tensor.mul_ */
export const mul_ = <T extends Tensor>(x: T, y: Value): T => inPlace("mul_", x, () => mul(x, y));
/** x ← x / y. @source torch.Tensor.div_ */
export const div_ = <T extends Tensor>(x: T, y: Value): T => inPlace("div_", x, () => div(x, y));
/** x ← y, broadcast and cast. @source torch.Tensor.copy_ */
export const copy_ = <T extends Tensor>(x: T, y: Tensor): T =>
  inPlace("copy_", x, () => clone(to(expand(y, x.shape), x.dtype)));
/** x ← value everywhere. @source torch.Tensor.fill_ */
export const fill_ = <T extends Tensor>(x: T, value: number): T => inPlace("fill_", x, () => fullLike(x, value));
/** x ← 0 everywhere. @source torch.Tensor.zero_ */
export const zero_ = <T extends Tensor>(x: T): T => fill_(x, 0);
