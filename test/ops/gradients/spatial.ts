import * as mt from "../../../src/index.js";
import { distinct, positive, type Row, real, small } from "./row.js";

const { functional: F } = mt.nn;

const convolutions: Row[] = [
  {
    name: "conv1d",
    fn: (x, w, b) => mt.conv1d(x, w, b, { padding: 1 }),
    inputs: [real(1, 2, 3), real(2, 2, 2), real(2)],
  },
  {
    name: "conv1d, dilated in groups",
    fn: (x, w) => mt.conv1d(x, w, { dilation: 2, groups: 2 }),
    inputs: [real(2, 2, 3), real(2, 1, 2)],
  },
  {
    name: "conv2d",
    fn: (x, w, b) => mt.conv2d(x, w, b, { stride: 2, padding: 1 }),
    inputs: [real(1, 1, 3, 3), real(2, 1, 2, 2), real(2)],
  },
  {
    name: "conv3d",
    fn: (x, w, b) => mt.conv3d(x, w, b),
    inputs: [real(1, 1, 2, 2, 3), real(1, 1, 1, 2, 2), real(1)],
  },
  {
    name: "convTranspose1d",
    fn: (x, w, b) => mt.convTranspose1d(x, w, b, { stride: 2, padding: 1, outputPadding: 1 }),
    inputs: [real(1, 2, 3), real(2, 2, 2), real(2)],
  },
  {
    name: "convTranspose2d",
    fn: (x, w, b) => mt.convTranspose2d(x, w, b, { groups: 2 }),
    inputs: [real(1, 2, 2, 2), real(2, 1, 2, 2), real(2)],
  },
  {
    name: "convTranspose3d",
    fn: (x, w, b) => mt.convTranspose3d(x, w, b),
    inputs: [real(1, 1, 1, 2, 2), real(1, 2, 1, 2, 2), real(2)],
  },
  { name: "nn.functional.unfold", fn: (x) => F.unfold(x, 2), inputs: [real(1, 1, 3, 3)] },
  { name: "nn.functional.fold", fn: (x) => F.fold(x, [2, 3], 2, { padding: 1, stride: 2 }), inputs: [real(1, 4, 4)] },
];

const pools: Row[] = [
  { name: "nn.functional.avgPool1d", fn: (x) => F.avgPool1d(x, 2, { padding: 1 }), inputs: [real(1, 2, 5)] },
  {
    name: "nn.functional.avgPool2d",
    fn: (x) => F.avgPool2d(x, 2, { stride: 1, ceilMode: true, padding: 1, countIncludePad: false }),
    inputs: [real(1, 1, 3, 4)],
  },
  {
    name: "nn.functional.avgPool3d",
    fn: (x) => F.avgPool3d(x, [1, 2, 2], { divisorOverride: 3 }),
    inputs: [real(1, 1, 2, 2, 3)],
  },
  { name: "nn.functional.maxPool1d", fn: (x) => F.maxPool1d(x, 2, { stride: 1 }), inputs: [distinct(1, 2, 4)] },
  {
    name: "nn.functional.maxPool2d",
    fn: (x) => F.maxPool2d(x, 2, { stride: 1, padding: 1 }),
    inputs: [distinct(1, 1, 3, 4)],
  },
  {
    name: "nn.functional.maxPool3d",
    fn: (x) => F.maxPool3d(x, [1, 2, 2], { stride: 1 }),
    inputs: [distinct(1, 1, 2, 2, 3)],
  },
  { name: "nn.functional.adaptiveAvgPool1d", fn: (x) => F.adaptiveAvgPool1d(x, 2), inputs: [real(1, 2, 5)] },
  { name: "nn.functional.adaptiveAvgPool2d", fn: (x) => F.adaptiveAvgPool2d(x, [2, 3]), inputs: [real(1, 1, 3, 4)] },
  {
    name: "nn.functional.adaptiveAvgPool3d",
    fn: (x) => F.adaptiveAvgPool3d(x, [1, 2, 2]),
    inputs: [real(1, 1, 2, 2, 3)],
  },
  { name: "nn.functional.adaptiveMaxPool1d", fn: (x) => F.adaptiveMaxPool1d(x, 2), inputs: [distinct(1, 2, 5)] },
  {
    name: "nn.functional.adaptiveMaxPool2d",
    fn: (x) => F.adaptiveMaxPool2d(x, [2, 3]),
    inputs: [distinct(1, 1, 3, 4)],
  },
  {
    name: "nn.functional.adaptiveMaxPool3d",
    fn: (x) => F.adaptiveMaxPool3d(x, [1, 2, 2]),
    inputs: [distinct(1, 1, 2, 2, 3)],
  },
  { name: "nn.functional.lpPool1d", fn: (x) => F.lpPool1d(x, 2, 2), inputs: [positive(1, 2, 4)] },
  { name: "nn.functional.lpPool2d", fn: (x) => F.lpPool2d(x, 3, 2), inputs: [positive(1, 1, 2, 4)] },
  { name: "nn.functional.lpPool3d", fn: (x) => F.lpPool3d(x, 3, 2), inputs: [positive(1, 1, 2, 2, 4)] },
  {
    name: "nn.functional.fractionalMaxPool2d",
    fn: (x) => F.fractionalMaxPool2d(x, 2, { outputSize: [2, 3], randomSamples: mt.tensor([[[0.3, 0.8]]]) }),
    inputs: [real(1, 1, 4, 5)],
  },
  {
    name: "nn.functional.fractionalMaxPool3d",
    fn: (x) => F.fractionalMaxPool3d(x, 2, { outputRatio: 0.5, randomSamples: mt.tensor([[[0.3, 0.8, 0.1]]]) }),
    inputs: [real(1, 1, 4, 4, 4)],
  },
  {
    name: "nn.functional.maxUnpool1d",
    fn: (x) => F.maxUnpool1d(x, mt.tensor([[[1, 2]]], { dtype: "int32" }), 2),
    inputs: [real(1, 1, 2)],
  },
  {
    name: "nn.functional.maxUnpool2d",
    fn: (x) => F.maxUnpool2d(x, mt.tensor([[[[1, 6]]]], { dtype: "int32" }), 2),
    inputs: [real(1, 1, 1, 2)],
  },
  {
    name: "nn.functional.maxUnpool3d",
    fn: (x) => F.maxUnpool3d(x, mt.tensor([[[[[1, 6]]]]], { dtype: "int32" }), 2),
    inputs: [real(1, 1, 1, 1, 2)],
  },
];

const resampling: Row[] = [
  ...(["nearest", "linear", "area"] as const).map(
    (mode): Row => ({
      name: `nn.functional.interpolate, ${mode}`,
      fn: (x) => F.interpolate(x, { size: 5, mode }),
      inputs: [real(1, 2, 3)],
    }),
  ),
  {
    name: "nn.functional.interpolate, bilinear",
    fn: (x) => F.interpolate(x, { size: [3, 4], mode: "bilinear" }),
    inputs: [real(1, 1, 2, 3)],
  },
  {
    name: "nn.functional.interpolate, bicubic",
    fn: (x) => F.interpolate(x, { scaleFactor: 1.5, mode: "bicubic", alignCorners: true }),
    inputs: [real(1, 1, 3, 3)],
  },
  {
    name: "nn.functional.interpolate, trilinear",
    fn: (x) => F.interpolate(x, { size: [1, 3, 3], mode: "trilinear" }),
    inputs: [real(1, 1, 2, 2, 2)],
  },
  ...(["zeros", "border", "reflection"] as const).map(
    (paddingMode): Row => ({
      name: `nn.functional.gridSample, ${paddingMode}`,
      fn: (x, grid) => F.gridSample(x, grid, { paddingMode, alignCorners: false }),
      inputs: [real(1, 1, 3, 3), real(1, 2, 2, 2)],
    }),
  ),
  {
    name: "nn.functional.gridSample, bicubic",
    fn: (x, grid) => F.gridSample(x, grid, { mode: "bicubic", alignCorners: true }),
    inputs: [real(1, 1, 3, 3), small(1, 2, 2, 2)],
  },
  {
    name: "nn.functional.affineGrid",
    fn: (theta) => F.affineGrid(theta, [1, 1, 2, 3], { alignCorners: false }),
    inputs: [real(1, 2, 3)],
  },
  { name: "nn.functional.pixelShuffle", fn: (x) => F.pixelShuffle(x, 2), inputs: [real(1, 4, 1, 3)] },
  { name: "nn.functional.pixelUnshuffle", fn: (x) => F.pixelUnshuffle(x, 2), inputs: [real(1, 1, 2, 4)] },
  { name: "nn.functional.channelShuffle", fn: (x) => F.channelShuffle(x, 2), inputs: [real(1, 4, 1, 2)] },
];

export const spatial: Row[] = [...convolutions, ...pools, ...resampling];
