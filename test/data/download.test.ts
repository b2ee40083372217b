import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { type DownloadOptions, download } from "../../src/data/download.js";
import type { RemoteFile } from "../../src/data/imageSets.js";
import { data } from "../../src/index.js";
import { WriteError } from "../../src/io/index.js";
import { mirrorServer, serve, serveCut, status } from "./mirrorServer.js";

// Noise, so that the packed file is as long as the unpacked one and can be cut in the middle.
let state = 1;
const noise = (): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
  return state >>> 24;
};
const content = new Uint8Array(200_000).map(noise);
const packed = gzipSync(content);
const sha256 = createHash("sha256").update(content).digest("hex");
const file: RemoteFile = { name: "noise", packed: packed.length, bytes: content.length, sha256 };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mytorch-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

const fetchIt = (mirrors: readonly string[], options: Partial<DownloadOptions> = {}): Promise<void> =>
  download([file], folder, { mirrors, remedy: "name a folder with --data", ...options });

const expectGood = (): void => {
  expect(readdirSync(folder)).toEqual(["noise"]);
  expect(Buffer.from(content).equals(readFileSync(join(folder, "noise")))).toBe(true);
};

/** The error of a download that fails, after which the folder holds only what may be gone on with. */
const failureOf = async (promise: Promise<void>, left: string[] = []): Promise<data.DownloadError> => {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(data.DownloadError);
  expect(readdirSync(folder).sort()).toEqual(left);
  return error as data.DownloadError;
};

const flipped = Uint8Array.from(packed);
flipped[100_000] = (flipped[100_000] as number) ^ 1;

// On a busy machine a cut connection may reach the reader before any byte: then a test is run again.
describe("a download", { retry: 2 }, () => {
  it("unpacks the file into the folder, tells how far it is, and does not ask again", async () => {
    const { url, log } = await mirrorServer((request, response) => serve(request, response, packed));
    const onProgress = vi.fn();
    await fetchIt([url], { onProgress });
    expectGood();
    expect(onProgress).toHaveBeenLastCalledWith(packed.length, packed.length);
    await fetchIt([url]);
    expect(log).toEqual(["/noise.gz"]);
  });

  it("takes a file that the server unpacks on the way", async () => {
    const { url } = await mirrorServer((_, response) => {
      response.writeHead(200, { "Content-Encoding": "gzip" }).end(packed);
    });
    await fetchIt([url]);
    expectGood();
  });

  it.each([
    ["403", status(403), /^403/],
    ["404", status(404), /^404/],
    ["503", status(503), /^503/],
    ["a flipped byte", (q, r) => serve(q, r, flipped), /does not unpack|SHA-256/],
    ["another file", (q, r) => serve(q, r, gzipSync(content.map((v) => v ^ 1))), /SHA-256 [0-9a-f]{64} instead of/],
    ["a file that unpacks to more", (q, r) => serve(q, r, gzipSync(new Uint8Array(2 ** 24))), /unpacks to more/],
    ["a page instead of a file", (_, r) => r.end("<html>log in first</html>"), /SHA-256/],
    ["nothing", (_, r) => r.end(), /SHA-256/],
    ["a length that is too great", (q, r) => serve(q, r, new Uint8Array(2 ** 20)), /more than the/],
    ["a cut connection", (_, r) => serveCut(r, packed, 50_000, {}), /closed|terminated|hang up|ECONNRESET/],
  ] satisfies [string, Parameters<typeof mirrorServer>[0], RegExp][])(
    "goes to the next mirror after %s, and says so when there is none",
    async (_, answer, reason) => {
      const bad = await mirrorServer(answer);
      const good = await mirrorServer((request, response) => serve(request, response, packed));
      const error = await failureOf(fetchIt([bad.url]));
      expect(error.failures).toEqual([{ url: `${bad.url}noise.gz`, reason: expect.stringMatching(reason) as string }]);
      await fetchIt([bad.url, good.url]);
      expectGood();
      expect(good.log).toEqual(["/noise.gz"]);
    },
  );

  it("names every mirror with its failure, and what to do, when none gives the file", async () => {
    const { url } = await mirrorServer(status(403));
    const error = await failureOf(fetchIt([url, "http://127.0.0.1:1/"]));
    expect(error.message).toContain("no mirror gave noise");
    expect(error.message).toMatch(/noise\.gz +403 Forbidden/);
    expect(error.message).toMatch(/127\.0\.0\.1:1\/noise\.gz +bad port/);
    expect(error.message).toContain("--data");
  });

  it("goes on where the connection was cut, in the same run", async () => {
    let isFirst = true;
    const { url, log } = await mirrorServer((request, response) => {
      if (isFirst) serveCut(response, packed, 50_000, { ETag: '"one"' });
      else serve(request, response, packed);
      isFirst = false;
    });
    await fetchIt([url]);
    expectGood();
    expect(log).toEqual(["/noise.gz", '/noise.gz bytes=50000- "one"']);
  });

  it("goes on in the next run where the first was stopped, and leaves no lock", async () => {
    const stop = new AbortController();
    const slow = await mirrorServer((request, response) => {
      if (request.headers.range) {
        serve(request, response, packed);
        return;
      }
      response.writeHead(200, { "Content-Length": packed.length, ETag: '"one"' });
      response.write(packed.subarray(0, 50_000));
    });
    const onProgress = (bytes: number): void => {
      if (bytes === 50_000) stop.abort(new Error("Ctrl-C"));
    };
    await expect(fetchIt([slow.url], { signal: stop.signal, onProgress })).rejects.toThrow("Ctrl-C");
    expect(readdirSync(folder).sort()).toEqual(["noise.gz.part", "noise.gz.part.json"]);
    await fetchIt([slow.url]);
    expectGood();
    expect(slow.log[1]).toBe('/noise.gz bytes=50000- "one"');
  });

  const leaveAPart = (url: string, bytes: Uint8Array): void => {
    writeFileSync(join(folder, "noise.gz.part"), bytes);
    writeFileSync(join(folder, "noise.gz.part.json"), JSON.stringify({ url: `${url}noise.gz`, validator: '"one"' }));
  };

  it("starts anew where the server knows no ranges", async () => {
    const { url, log } = await mirrorServer((_, response) => response.end(packed));
    leaveAPart(url, packed.subarray(0, 50_000));
    await fetchIt([url]);
    expectGood();
    expect(log).toEqual(['/noise.gz bytes=50000- "one"']);
  });

  it("starts anew where the file has changed since", async () => {
    const { url } = await mirrorServer((request, response) => serve(request, response, packed, '"two"'));
    leaveAPart(
      url,
      packed.subarray(0, 50_000).map((v) => v ^ 1),
    );
    await fetchIt([url]);
    expectGood();
  });

  it.each([
    ["is damaged", packed.subarray(0, 50_000).map((v) => v ^ 1)],
    ["is already whole", packed],
    ["is longer than the file", new Uint8Array(packed.length + 9)],
  ])("asks for all of it when what an earlier run left %s", async (_, bytes) => {
    const { url, log } = await mirrorServer((request, response) => serve(request, response, packed));
    leaveAPart(url, bytes);
    await fetchIt([url]);
    expectGood();
    expect(log[1]).toBe("/noise.gz");
  });

  it("does not join the parts of two mirrors", async () => {
    const { url, log } = await mirrorServer((request, response) => serve(request, response, packed));
    leaveAPart("http://elsewhere/", packed.subarray(0, 50_000));
    await fetchIt([url]);
    expectGood();
    expect(log).toEqual(["/noise.gz"]);
  });

  it("cuts off a body that does not end", async () => {
    let sent = 0;
    const { url } = await mirrorServer((_, response) => {
      const more = (): void => {
        if (response.destroyed) return;
        sent += 65_536;
        if (response.write(new Uint8Array(65_536))) setImmediate(more);
        else response.once("drain", more);
      };
      more();
    });
    const error = await failureOf(fetchIt([url]));
    expect(error.failures[0]?.reason).toMatch(/more than the [\d,]+ bytes/);
    expect(sent).toBeLessThan(16 * 2 ** 20);
  });

  it.each([
    ["at once", 0],
    ["in the middle", 50_000],
  ])("gives up a server that falls silent %s", async (_, count) => {
    const { url } = await mirrorServer((_request, response) => {
      if (count > 0) response.writeHead(200, { "Content-Length": packed.length }).write(packed.subarray(0, count));
    });
    const error = await failureOf(fetchIt([url], { silence: 200 }));
    expect(error.failures[0]?.reason).toBe("silent for 0.2 s");
  });

  it("is made once when two ask at the same time", async () => {
    const { url, log } = await mirrorServer((request, response) => {
      setTimeout(() => serve(request, response, packed), 300);
    });
    await Promise.all([fetchIt([url]), fetchIt([url])]);
    expectGood();
    expect(log).toEqual(["/noise.gz"]);
  });

  it("takes over the lock of a process that was killed, and removes what it left", async () => {
    const { url } = await mirrorServer((request, response) => serve(request, response, packed));
    const lock = join(folder, "download.lock");
    writeFileSync(lock, "");
    writeFileSync(join(folder, "noise.0.tmp"), "half");
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(lock, longAgo, longAgo);
    await fetchIt([url]);
    expectGood();
  });

  it("waits for a lock whose owner lives only until it is stopped", async () => {
    writeFileSync(join(folder, "download.lock"), "");
    const signal = AbortSignal.timeout(300);
    await expect(fetchIt(["http://127.0.0.1:1/"], { signal })).rejects.toThrow(/timeout/);
    expect(existsSync(join(folder, "download.lock"))).toBe(true);
  });

  it("asks the mirror that gave the first file first for the second", async () => {
    const bad = await mirrorServer(status(404));
    const good = await mirrorServer((request, response) => serve(request, response, packed));
    await download([file, { ...file, name: "more" }], folder, { mirrors: [bad.url, good.url], remedy: "" });
    expect(bad.log).toEqual(["/noise.gz"]);
    expect(good.log).toEqual(["/noise.gz", "/more.gz"]);
  });

  it("that cannot be written is one clear error, and no other mirror is asked", async () => {
    const { url, log } = await mirrorServer((request, response) => serve(request, response, packed));
    const inside = join(folder, "occupied");
    writeFileSync(inside, "");
    await expect(download([file], join(inside, "cache"), { mirrors: [url], remedy: "" })).rejects.toThrow(WriteError);
    expect(log).toEqual([]);
  });
});
