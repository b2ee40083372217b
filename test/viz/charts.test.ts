import { describe, expect, it } from "vitest";
import { lineChart, type Panel, terminalChart } from "../../src/viz/index.js";

const panel = (points: readonly (readonly [number, number])[], more: Partial<Panel> = {}): Panel => ({
  title: "loss",
  xLabel: "epoch",
  yLabel: "nats",
  series: [{ name: "train", color: "#123456", points }],
  ...more,
});

/** The labels of the ticks: along y first, then along x. */
const labelsOf = (svg: string): { x: string[]; y: string[] } => ({
  y: Array.from(svg.matchAll(/text-anchor="end">([^<]*)</g), ([, label]) => label as string),
  x: Array.from(
    svg.matchAll(/<text x="[\d.]+" y="293" text-anchor="middle">([^<]*)</g),
    ([, label]) => label as string,
  ),
});

describe("a line chart", () => {
  it("labels whole numbers where there is nothing between, and gives all labels of an axis the same decimals", () => {
    const { x, y } = labelsOf(
      lineChart([
        panel([
          [1, 0.12],
          [2, 0.3],
        ]),
      ]),
    );
    expect(x).toEqual(["1", "2"]);
    expect(y).toEqual(["0.15", "0.20", "0.25", "0.30"]);
  });

  it("has powers of ten on a logarithmic scale, and leaves out what has no place on it", () => {
    const wide = lineChart([
      panel(
        [
          [0, 100],
          [1, 1],
          [2, 0],
          [3, 1e-4],
        ],
        { yScale: "log" },
      ),
    ]);
    expect(labelsOf(wide).y).toEqual(["0.0001", "0.01", "1", "100"]);
    expect(wide.match(/<circle /g)).toHaveLength(3);
    const ticksOf = (low: number, high: number): string[] =>
      labelsOf(
        lineChart([
          panel(
            [
              [0, low],
              [1, high],
            ],
            { yScale: "log" },
          ),
        ]),
      ).y;
    expect(ticksOf(3, 40)).toEqual(["5", "10", "20"]);
    expect(ticksOf(0.2, 0.3)).toEqual(["0.20", "0.25", "0.30"]);
    expect(ticksOf(1e-11, 41)).toEqual(["1e-9", "1e-6", "0.001", "1"]);
  });

  it("labels what is very small or large with exponents, each tick its own", () => {
    expect(
      labelsOf(
        lineChart([
          panel([
            [1, 1e-7],
            [2, 3e-7],
          ]),
        ]),
      ).y,
    ).toEqual(["1e-7", "1.5e-7", "2e-7", "2.5e-7", "3e-7"]);
    expect(
      labelsOf(
        lineChart([
          panel([
            [1, 5],
            [2, 5],
          ]),
        ]),
      ).y,
    ).toEqual(["5"]);
  });

  it("draws nothing of what is not finite, and no NaN", () => {
    const svg = lineChart([
      panel([
        [1, Number.NaN],
        [2, 1],
        [3, Number.POSITIVE_INFINITY],
        [4, 2],
      ]),
    ]);
    expect(svg.match(/<circle /g)).toHaveLength(2);
    for (const points of [[], [[1, 1]], [[1, Number.NaN]]] as [number, number][][])
      expect(lineChart([panel(points), panel(points, { yScale: "log" })])).not.toMatch(/NaN|Infinity/);
  });

  it("escapes names", () => {
    const svg = lineChart([panel([[1, 1]], { title: `a < b & "c"` })]);
    expect(svg).toContain("a &lt; b &amp; &quot;c&quot;");
  });
});

describe("a chart in the terminal", () => {
  it("joins points by dots without a gap, with the ranges at its sides", () => {
    const lines = terminalChart(
      panel([
        [0, 0],
        [10, 5],
      ]),
      6,
      3,
    ).split("\n");
    expect(lines).toEqual([
      "          loss: train",
      "     5.00 ⠀⠀⠀⠀⡠⠊",
      "          ⠀⠀⡠⠊⠀⠀",
      "     0.00 ⡠⠊⠀⠀⠀⠀",
      "          0  epoch  10",
    ]);
  });

  it("of nothing says so", () => {
    expect(terminalChart(panel([[1, Number.NaN]]))).toMatch(/loss: nothing to draw/);
  });
});
