import { defineView } from "../../autograd/defineOp.js";
import { ShapeError } from "../../tensor/errors.js";
import { broadcastShapes as broadcast, checkShape, type Shape, sameShape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { sum } from "../reduce/reduce.js";
import { type Tensors, tensorsOf } from "./join.js";
import { reshape } from "./reshape.js";

const expand_ = defineView<Shape>({
  name: "expand",
  view: (x, shape) => {
    const lead = shape.length - x.ndim;
    const strides = shape.map((size, i) =>
      i < lead || (x.shape[i - lead] === 1 && size !== 1) ? 0 : (x.strides[i - lead] as number),
    );
    return { shape, strides, offset: x.offset };
  },
  backward: ([d], { inputMeta }) => [sumTo(d as Tensor, (inputMeta[0] as Tensor).shape)],
});

/**
 * A view in which dimensions of size 1 are repeated without a copy; −1 keeps a size.
 *
 * @shape x [...S] → y [...shape]
 * @grad  dY summed over the repeated dimensions
 * @source torch.Tensor.expand
 */
export const expand = (x: Tensor, ...sizes: number[] | [Shape]): Tensor => {
  const asked = (Array.isArray(sizes[0]) ? sizes[0] : sizes) as Shape;
  const lead = asked.length - x.ndim;
  const shape = asked.map((size, i) => (size === -1 && i >= lead ? (x.shape[i - lead] as number) : size));
  const fits =
    lead >= 0 &&
    shape.every((size, i) => size >= 0 && (i < lead || x.shape[i - lead] === size || x.shape[i - lead] === 1));
  if (!fits) {
    throw new ShapeError({
      op: "expand",
      problem: "the tensor does not expand to that shape",
      rule: "aligned at the last dimension, a size is kept (−1) or grows from 1",
      args: { x: x.shape, shape: asked },
    });
  }
  return sameShape(shape, x.shape) ? x : expand_(x, shape);
};

/** As expand. @source torch.broadcast_to */
export const broadcastTo = (x: Tensor, shape: Shape): Tensor => expand(x, shape);
/** x expanded to the shape of another tensor. @source torch.Tensor.expand_as */
export const expandAs = (x: Tensor, other: Tensor): Tensor => expand(x, other.shape);

/** Tensors (as arguments or as one array) expanded to one shape. @source torch.broadcast_tensors */
export const broadcastTensors = (...args: Tensors): Tensor[] => {
  const tensors = tensorsOf(args);
  const shape = tensors.map((x) => x.shape).reduce((a, b) => broadcast("broadcastTensors", a, b), []);
  return tensors.map((x) => expand(x, shape));
};

/** The shape to which shapes broadcast; a number is a vector's size. @source torch.broadcast_shapes */
export const broadcastShapes = (...shapes: readonly (Shape | number)[]): Shape => {
  const lists = shapes.map((shape) => (typeof shape === "number" ? [shape] : shape));
  for (const shape of lists) checkShape("broadcastShapes", shape);
  return lists.reduce((a, b) => broadcast("broadcastShapes", a, b), []);
};

/** x summed over dimensions to a shape that broadcasts to its own. @grad dY, expanded @source torch.Tensor.sum_to_size */
export const sumToSize = (x: Tensor, ...sizes: number[] | [Shape]): Tensor => {
  const shape = (Array.isArray(sizes[0]) ? sizes[0] : sizes) as Shape;
  const lead = x.ndim - shape.length;
  if (lead < 0 || shape.some((size, i) => size !== 1 && size !== x.shape[i + lead])) {
    throw new ShapeError({
      op: "sumToSize",
      problem: "the shape does not broadcast to x's",
      rule: "aligned at the last dimension, sizes are 1 or x's",
      args: { x: x.shape, shape },
    });
  }
  return shape.length === 0 ? sum(x) : sumTo(x, shape);
};

/** Sums over the dimensions in which `shape` was broadcast: the gradient of expand. */
export const sumTo = (x: Tensor, shape: Shape): Tensor => {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.ndim - shape.length;
  const dims: number[] = [];
  for (let i = 0; i < x.ndim; i++) if (i < lead || (shape[i - lead] === 1 && x.shape[i] !== 1)) dims.push(i);
  return reshape(dims.length === 0 ? x : sum(x, { dim: dims, keepdim: true }), shape);
};
