import { defineMultiOp, defineOp, type Op } from "../../autograd/defineOp.js";
import type { WindowsOf3 } from "../../backend/backend.js";
import type { Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { gather } from "../indexing/gather.js";
import { reshape } from "../movement/reshape.js";

interface Moving {
  readonly windows: WindowsOf3;
  readonly divisor: number | null;
}

const pooledShape = (x: Tensor, windows: WindowsOf3): Shape => [
  ...x.shape.slice(0, 2),
  ...windows.map(({ starts }) => starts.length),
];

/** A plane's elements in one dimension: [N · C, D · H · W]. */
const planes = (x: Tensor): Tensor => {
  const [N, C] = x.shape as [number, number];
  return reshape(x, [N * C, x.shape.slice(2).reduce((a, b) => a * b, 1)]);
};

const maxPool_ = defineMultiOp<WindowsOf3>({
  name: "maxPool",
  shape: ([x], windows) => {
    const shape = pooledShape(x as Tensor, windows);
    return [
      { shape, dtype: (x as Tensor).dtype },
      { shape, dtype: "int32" },
    ];
  },
  forward: (k, [y, places], [x], windows) => k.maxPool(y as Tensor, places as Tensor, x as Tensor, windows),
  savesOutputs: [1],
  backward: ([d], { output, inputMeta, attrs: windows }) => [
    spread([d as Tensor], { places: output(1), windows, shape: (inputMeta[0] as Tensor).shape }),
  ],
});

interface Spreading {
  readonly places: Tensor;
  readonly windows: WindowsOf3;
  readonly shape: Shape;
}

/** Puts each element at its place in a plane of zeros; several at one place add up. */
const spread: Op<Spreading> = defineOp<Spreading>({
  name: "maxPoolBackward",
  shape: ([d], { shape }) => ({ shape, dtype: (d as Tensor).dtype }),
  forward: (k, [dX], [d], { places, windows }) => k.maxPoolBackward(dX as Tensor, d as Tensor, places, windows),
  backward: ([dd], { attrs: { places } }) => [reshape(gather(planes(dd as Tensor), 1, planes(places)), places.shape)],
});

/** The largest element of each window of [N, C, D, H, W], and its place in the plane. */
export const maxOver = (x: Tensor, windows: WindowsOf3): [Tensor, Tensor] => maxPool_([x], windows) as [Tensor, Tensor];

const avgPool_: Op<Moving> = defineOp<Moving>({
  name: "avgPool",
  shape: ([x], { windows }) => ({ shape: pooledShape(x as Tensor, windows), dtype: (x as Tensor).dtype }),
  forward: (k, [y], [x], { windows, divisor }) => k.avgPool(y as Tensor, x as Tensor, windows, divisor),
  backward: ([d], { attrs, inputMeta }) => [
    avgPoolBackward([d as Tensor], { ...attrs, shape: (inputMeta[0] as Tensor).shape }),
  ],
});

const avgPoolBackward: Op<Moving & { shape: Shape }> = defineOp<Moving & { shape: Shape }>({
  name: "avgPoolBackward",
  shape: ([d], { shape }) => ({ shape, dtype: (d as Tensor).dtype }),
  forward: (k, [dX], [d], { windows, divisor }) => k.avgPoolBackward(dX as Tensor, d as Tensor, windows, divisor),
  backward: ([dd], { attrs }) => [avgPool_([dd as Tensor], attrs)],
});

/** The average of each window of [N, C, D, H, W]. */
export const averageOver = (x: Tensor, windows: WindowsOf3, divisor: number | null): Tensor =>
  avgPool_([x], { windows, divisor });
