import { accessSync, constants } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, extname, join } from "node:path";
import { chromium } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome"];

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The system's Chromium, or undefined where there is none. */
export const findChromium = (): string | undefined =>
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .flatMap((dir) => names.map((name) => join(dir, name)))
    .find(isExecutable);

const types: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript" };

/** What a server sends with each file. */
export type Headers = Readonly<Record<string, string>>;

/** Those that isolate a page, so that it may share memory with threads. */
export const isolating: Headers = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** Serves the files of a folder to this machine. */
const serve = async (dir: string, headers: Headers) => {
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    readFile(join(dir, pathname)).then(
      (bytes) => response.setHeader("content-type", types[extname(pathname)] ?? "text/plain").end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
};

/**
 * Opens a page of a folder in Chromium and waits until its <output> says it is done.
 *
 * @returns the output's text, and all that the page complained of: errors, warnings, files that were not
 * found; and what it told besides
 */
export const openPage = async (executablePath: string, dir: string, page: string, headers: Headers = {}) => {
  const server = await serve(dir, headers);
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const complaints: string[] = [];
    const told: string[] = [];
    const tab = await browser.newPage();
    tab.on("pageerror", (error) => complaints.push(error.message));
    tab.on("console", (message) => {
      if (["warning", "error"].includes(message.type())) complaints.push(message.text());
      else told.push(message.text());
    });
    await tab.goto(`${server.origin}/${page}`);
    await tab.waitForSelector("output[data-done]", { timeout: 60_000 });
    return { text: (await tab.textContent("output")) ?? "", complaints, told };
  } finally {
    await browser.close();
    server.close();
  }
};
