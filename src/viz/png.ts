/**
 * An SVG document as PNG, drawn by resvg in WebAssembly with the fonts that ship beside it. Node only.
 *
 * @returns null where resvg is not installed: pictures are never a reason to fail
 */
export const svgToPng = async (svg: string): Promise<Uint8Array | null> => {
  try {
    const { createRequire } = await import("node:module");
    const { readFile } = await import("node:fs/promises");
    const { initWasm, Resvg } = await import("@resvg/resvg-wasm");
    const require = createRequire(import.meta.url);
    ready ??= initWasm(await readFile(require.resolve("@resvg/resvg-wasm/index_bg.wasm")));
    await ready;
    const fonts = ["DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono"].map((name) =>
      readFile(require.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`)),
    );
    return new Resvg(svg, {
      font: { fontBuffers: await Promise.all(fonts), defaultFontFamily: "DejaVu Sans" },
      fitTo: { mode: "zoom", value: 2 },
    })
      .render()
      .asPng();
  } catch {
    return null;
  }
};

let ready: Promise<void> | undefined;
