import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface MirrorServer {
  readonly url: string;
  /** "GET /path", with the Range and If-Range headers where there are any. */
  readonly log: string[];
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on this machine that ends with the test. */
export const mirrorServer = async (answer: Answer): Promise<MirrorServer> => {
  const log: string[] = [];
  const server = createServer((request, response) => {
    const { range, "if-range": ifRange } = request.headers;
    log.push([request.url, range, ifRange].filter(Boolean).join(" "));
    answer(request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, log };
};

/** The whole file, or the range that is asked for while the tag is the same. */
export const serve = (request: IncomingMessage, response: ServerResponse, body: Uint8Array, etag = '"one"'): void => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const isRange = from > 0 && request.headers["if-range"] === etag;
  if (isRange && from >= body.length) {
    response.writeHead(416).end();
    return;
  }
  const rest = isRange ? body.subarray(from) : body;
  const headers = { ETag: etag, "Content-Length": rest.length };
  if (isRange)
    response.writeHead(206, { ...headers, "Content-Range": `bytes ${from}-${body.length - 1}/${body.length}` });
  else response.writeHead(200, headers);
  response.end(rest);
};

/** The first `count` bytes of what `serve` would send, then a cut connection. */
export const serveCut = (response: ServerResponse, body: Uint8Array, count: number, headers: object): void => {
  response.writeHead(200, { "Content-Length": body.length, ...headers });
  response.write(body.subarray(0, count), () => setTimeout(() => response.destroy(), 20));
};

export const status =
  (code: number): Answer =>
  (_, response) => {
    response.writeHead(code).end("no");
  };
