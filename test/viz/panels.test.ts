import { inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { encodePng } from "../../src/viz/encodePng.js";
import {
  classColors,
  colorOf,
  fieldPanel,
  figure,
  imageGrid,
  matrixPanel,
  svgToPng,
  textPanel,
  tint,
} from "../../src/viz/index.js";

/** The pixels of a PNG file that encodePng made, without the filter's number before each row. */
const rowsOf = (file: Uint8Array, width: number): number[][] => {
  const view = new DataView(file.buffer, file.byteOffset);
  const length = view.getUint32(33);
  expect(String.fromCharCode(...file.subarray(37, 41))).toBe("IDAT");
  const rows = inflateSync(file.subarray(41, 41 + length));
  return Array.from({ length: rows.length / (width + 1) }, (_, y) =>
    Array.from(rows.subarray(y * (width + 1) + 1, (y + 1) * (width + 1))),
  );
};

describe("encodePng", () => {
  it("keeps every pixel, grey and coloured", async () => {
    const grey = Uint8Array.from([0, 1, 2, 253, 254, 255]);
    expect(rowsOf(await encodePng(grey, 3, 2), 3)).toEqual([
      [0, 1, 2],
      [253, 254, 255],
    ]);
    expect(rowsOf(await encodePng(grey, 2, 1), 6)).toEqual([Array.from(grey)]);
  });

  it("refuses bytes that do not fill the picture", async () => {
    await expect(encodePng(new Uint8Array(5), 2, 2)).rejects.toThrow(/5 bytes are neither 1 nor 3 for each of 2 × 2/);
  });
});

describe("panels", () => {
  it("a field shows each cell's colour, its row 0 at the top, and each point", async () => {
    const blue = colorOf("#0000ff");
    const panel = await fieldPanel(2, (column, row) => (row === 0 && column === 1 ? blue : tint(blue, 0)), {
      title: "a < b",
      xRange: [0, 1],
      yRange: [0, 1],
      points: [{ x: 0.5, y: 0.5, color: "#ff0000" }],
    });
    const base64 = /base64,([^"]*)/.exec(panel.body)?.[1] as string;
    expect(rowsOf(Uint8Array.from(Buffer.from(base64, "base64")), 6)).toEqual([
      [255, 255, 255, 0, 0, 255],
      [255, 255, 255, 255, 255, 255],
    ]);
    expect(panel.body).toContain("a &lt; b");
    expect(panel.body.match(/M[\d.]+ [\d.]+h0/g)).toHaveLength(1);
  });

  it("a grid is one picture, or one for each label", async () => {
    const images = Float32Array.from({ length: 5 * 4 }, (_, i) => i / 20);
    const plain = await imageGrid(images, [5, 2, 2], { title: "grid", columns: 3 });
    expect(plain.body.match(/<image /g)).toHaveLength(1);
    const base64 = /base64,([^"]*)/.exec(plain.body)?.[1] as string;
    // The second row of cells has two images, and white where a third would be.
    expect(rowsOf(Uint8Array.from(Buffer.from(base64, "base64")), 6)[2]).toEqual([153, 165, 204, 216, 255, 255]);
    const labelled = await imageGrid(images, [5, 2, 2], {
      title: "grid",
      columns: 3,
      labels: ["a", "b", "c", "d", "<"],
    });
    expect(labelled.body.match(/<image /g)).toHaveLength(5);
    expect(labelled.body).toContain("&lt;</text>");
  });

  it("a matrix shows its counts and leaves zeros empty", () => {
    const { body } = matrixPanel(
      [
        [3, 0],
        [1, 2],
      ],
      { title: "m", xLabel: "x", yLabel: "y", names: ["cat", "dog"] },
    );
    expect(Array.from(body.matchAll(/font-size="9"[^>]*>(\d+)</g), ([, count]) => count)).toEqual(["3", "1", "2"]);
  });

  it("stand side by side in a figure that becomes a PNG", async () => {
    const text = textPanel("text", [
      "plain",
      [{ text: "two ", color: classColors[0] as string }, { text: "colours & <" }],
    ]);
    const svg = figure([text, text]);
    expect(svg).toContain(`width="${2 * text.width}"`);
    expect(svg).toContain("colours &amp; &lt;");
    expect(Buffer.from((await svgToPng(svg)) ?? []).toString("latin1", 1, 4)).toBe("PNG");
  });
});
