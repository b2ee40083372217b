import type { Backend } from "../backend/backend.js";
import type { DType } from "../backend/dtype.js";
import { extentOf, type Geometry, isContiguous, mayOverlap, sizeOf } from "../tensor/shape.js";
import { elementsOf, Tensor } from "../tensor/tensor.js";
import { defineOp, defineView, type Op } from "./defineOp.js";

interface Move {
  readonly from: Geometry;
  readonly to: Geometry;
  readonly dtype: DType;
  /** A geometry whose elements share places: what meets at a place is divided by how many share it. */
  readonly shared: Geometry | null;
}

/** `geometry` in a storage of its own whose first element stood at `start`. */
const placed = (x: Tensor, { shape, strides, offset }: Geometry, start: number): Tensor =>
  new Tensor(x.storage, shape, strides, sizeOf(shape) === 0 ? 0 : offset - start);

/** Row-major places of the elements, counted from `start`. */
const placesOf = ({ shape, strides, offset }: Geometry, start: number): Tensor => {
  const places = Tensor.empty([sizeOf(shape)], "int32");
  const table = elementsOf(places, "int32");
  const index = new Array<number>(shape.length).fill(0);
  let place = offset - start;
  for (let i = 0; i < table.length; i++) {
    table[i] = place;
    for (let d = shape.length - 1; d >= 0; d--) {
      const stride = strides[d] as number;
      place += stride;
      if (++(index[d] as number) < (shape[d] as number)) break;
      place -= stride * (shape[d] as number);
      index[d] = 0;
    }
  }
  return places;
};

const packed = (k: Backend, x: Tensor, dtype: DType): Tensor => {
  const copy = Tensor.empty([x.numel()], dtype);
  k.copy(new Tensor(copy.storage, x.shape), x);
  return copy;
};

/** flat ∘= x's elements at the places of `geometry`; those that meet are summed. */
const addInto = (k: Backend, flat: Tensor, x: Tensor | number, geometry: Geometry, start: number): void => {
  if (typeof x !== "number" && !mayOverlap(geometry)) {
    k.copy(placed(flat, geometry, start), x);
    return;
  }
  const places = placesOf(geometry, start);
  const values = typeof x === "number" ? x : packed(k, x, flat.dtype);
  k.put("sum", flat, places, values);
  places.storage.release("moveStrided");
  if (typeof values !== "number") values.storage.release("moveStrided");
};

/** The storage's stretch under `from` and `to`: zeros, with x laid in as `from`. */
const spread = (k: Backend, flat: Tensor, x: Tensor, { from, shared }: Move, start: number): void => {
  k.fill(flat, 0);
  addInto(k, flat, x, from, start);
  if (shared === null) return;
  const sharers = Tensor.empty(flat.shape, flat.dtype);
  k.fill(sharers, 0);
  addInto(k, sharers, 1, shared, start);
  k.binary("maximum", sharers, sharers, 1);
  k.binary("div", flat, flat, sharers);
  sharers.storage.release("moveStrided");
};

/** out ← what `fill` lays into the stretch of storage under both geometries, read as `own`; out itself where it is that stretch. */
const through = (
  k: Backend,
  out: Tensor,
  own: Geometry,
  other: Geometry,
  fill: (flat: Tensor, start: number) => void,
): void => {
  const start = Math.min(own.offset, other.offset);
  const length = Math.max(extentOf(own), extentOf(other), start) - start;
  const isWhole = isContiguous(own.shape, own.strides) && own.offset === start && length === out.numel();
  if (isWhole) {
    fill(new Tensor(out.storage, [length]), start);
    return;
  }
  const flat = Tensor.empty([length], out.dtype);
  fill(flat, start);
  k.copy(out, placed(flat, own, start));
  flat.storage.release("moveStrided");
};

/**
 * Elements laid into an empty storage as `from`, and read out of it as `to`; those that meet are summed. With a view as `from`
 * and its base as `to` this is the gradient of taking the view. Its own gradient is the move back.
 */
export const moveStrided: Op<Move> = defineOp<Move>({
  name: "moveStrided",
  shape: (_, { to, dtype }) => ({ shape: to.shape, dtype }),
  forward: (k, [y], [x], move) =>
    through(k, y as Tensor, move.to, move.from, (flat, start) => spread(k, flat, x as Tensor, move, start)),
  backward: ([d], { attrs: { from, to, shared }, inputMeta }) => [
    moveStrided([d as Tensor], { from: to, to: from, shared, dtype: (inputMeta[0] as Tensor).dtype }),
  ],
});

/** x's elements where `region` does not reach, 0 where it does; `whole` says how x lies. Its gradient is itself. */
export const clearRegion: Op<{ whole: Geometry; region: Geometry }> = defineOp<{ whole: Geometry; region: Geometry }>({
  name: "clearRegion",
  shape: ([x]) => x as Tensor,
  forward: (k, [y], [x], { whole, region }) =>
    through(k, y as Tensor, whole, region, (flat, start) => {
      k.copy(placed(flat, whole, start), x as Tensor);
      k.fill(placed(flat, region, start), 0);
    }),
  backward: ([d], { attrs }) => [clearRegion([d as Tensor], attrs)],
});

/** A tensor's place in its storage. */
export const geometryOf = ({ shape, strides, offset }: Tensor): Geometry => ({ shape, strides, offset });

/** The gradient of a view of geometry `view` as the gradient of its base. */
export const toBase = (d: Tensor, view: Geometry, base: Geometry, dtype: DType): Tensor =>
  moveStrided([d], { from: view, to: base, dtype, shared: mayOverlap(base) ? base : null });

/** @internal A view of x's storage, wherever it lies in it. */
export const asStridedView: (x: Tensor, attrs: { view: Geometry; base: Geometry }) => Tensor = defineView<{
  view: Geometry;
  base: Geometry;
}>({
  name: "asStrided",
  view: (_, { view }) => view,
  backward: ([d], { attrs, inputMeta }) => [
    toBase(d as Tensor, attrs.view, attrs.base, (inputMeta[0] as { dtype: DType }).dtype),
  ],
});
