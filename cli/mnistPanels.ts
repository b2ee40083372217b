import type { Panel } from "../src/viz/index.js";
import type { EpochResult } from "./report.js";

/** Accuracy and loss against the epoch. */
export const mnistPanels = (history: readonly EpochResult[]): Panel[] => {
  const line = (name: string, color: string, value: (r: EpochResult) => number) => ({
    name,
    color,
    points: history.map((r) => [r.epoch, value(r)] as const),
  });
  return [
    {
      title: "accuracy",
      xLabel: "epoch",
      yLabel: "share of images",
      series: [line("train", "#4c78a8", (r) => r.trainAccuracy), line("test", "#e45756", (r) => r.testAccuracy)],
    },
    {
      title: "loss",
      xLabel: "epoch",
      yLabel: "cross-entropy in nats",
      series: [line("train", "#4c78a8", (r) => r.trainLoss), line("test", "#e45756", (r) => r.testLoss)],
    },
  ];
};
