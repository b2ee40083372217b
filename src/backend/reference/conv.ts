import type { ConvSpec, Operand } from "../backend.js";

type Sizes = readonly [number, number, number, number, number];

/** Calls `visit` with the element offsets (out, x, w) of every product of a convolution, in a fixed order. */
export const eachProduct = (
  out: Operand,
  x: Operand,
  w: Operand,
  { stride, padding, dilation, groups }: ConvSpec,
  visit: (out: number, x: number, w: number) => void,
): void => {
  const [N, O, OD, OH, OW] = out.shape as Sizes;
  const [, C, D, H, W] = x.shape as Sizes;
  const [, CG, KD, KH, KW] = w.shape as Sizes;
  const OG = O / groups;
  for (let n = 0; n < N; n++)
    for (let o = 0; o < O; o++) {
      const firstChannel = Math.floor(o / OG) * CG;
      for (let od = 0; od < OD; od++)
        for (let oh = 0; oh < OH; oh++)
          for (let ow = 0; ow < OW; ow++) {
            const to = (((n * O + o) * OD + od) * OH + oh) * OW + ow;
            for (let c = 0; c < CG; c++)
              for (let kd = 0; kd < KD; kd++) {
                const d = od * stride[0] - padding[0] + kd * dilation[0];
                if (d < 0 || d >= D) continue;
                for (let kh = 0; kh < KH; kh++) {
                  const h = oh * stride[1] - padding[1] + kh * dilation[1];
                  if (h < 0 || h >= H) continue;
                  for (let kw = 0; kw < KW; kw++) {
                    const i = ow * stride[2] - padding[2] + kw * dilation[2];
                    if (i < 0 || i >= W) continue;
                    const from = (((n * C + firstChannel + c) * D + d) * H + h) * W + i;
                    visit(to, from, (((o * CG + c) * KD + kd) * KH + kh) * KW + kw);
                  }
                }
              }
          }
    }
};
