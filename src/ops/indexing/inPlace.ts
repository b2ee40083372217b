import { inPlace } from "../../autograd/inPlace.js";
import type { Tensor } from "../../tensor/tensor.js";
import { indexAdd, indexCopy, indexFill, indexReduce } from "./indexInto.js";
import { maskedScatter } from "./masked.js";
import { put } from "./put.js";
import { scatter, scatterAdd, scatterReduce } from "./scatter.js";

type Rest<F> = F extends (x: Tensor, ...rest: infer R) => Tensor ? R : never;

/** The form of an op that writes its result into its first argument. */
const inPlaceForm =
  <F extends (x: Tensor, ...rest: never[]) => Tensor>(name: string, f: F) =>
  <T extends Tensor>(x: T, ...rest: Rest<F>): T =>
    inPlace(name, x, () => f(x, ...(rest as never[])));

/** As scatter, in place. @source torch.Tensor.scatter_ */
export const scatter_ = inPlaceForm("scatter_", scatter);
/** As scatterAdd, in place. @source torch.Tensor.scatter_add_ */
export const scatterAdd_ = inPlaceForm("scatterAdd_", scatterAdd);
/** As scatterReduce, in place. @source torch.Tensor.scatter_reduce_ */
export const scatterReduce_ = inPlaceForm("scatterReduce_", scatterReduce);
/** As indexAdd, in place. @source torch.Tensor.index_add_ */
export const indexAdd_ = inPlaceForm("indexAdd_", indexAdd);
/** As indexCopy, in place. @source torch.Tensor.index_copy_ */
export const indexCopy_ = inPlaceForm("indexCopy_", indexCopy);
/** As indexFill, in place. @source torch.Tensor.index_fill_ */
export const indexFill_ = inPlaceForm("indexFill_", indexFill);
/** As indexReduce, in place. @source torch.Tensor.index_reduce_ */
export const indexReduce_ = inPlaceForm("indexReduce_", indexReduce);
/** As maskedScatter, in place: x keeps its shape. @source torch.Tensor.masked_scatter_ */
export const maskedScatter_ = inPlaceForm("maskedScatter_", maskedScatter);
/** As put, in place. @source torch.Tensor.put_ */
export const put_ = inPlaceForm("put_", put);
