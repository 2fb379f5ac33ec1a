import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fetchRunLog, lastLines } from "../../builds/log.ts";

let server: Server;
let base: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url?.startsWith("/long")) {
      for (let line = 1; line <= 20_000; line++) response.write(`line ${line}\n`);
      return response.end();
    }
    response.writeHead(403, { "Content-Type": "text/plain" });
    response.end("no");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe("fetchRunLog", () => {
  it("keeps the end of a log of any length", async () => {
    const log = await fetchRunLog(`${base}/long?sig=s3cr3t`);
    expect(Buffer.byteLength(log)).toBe(64 * 1024);
    expect(lastLines(log, 2)).toEqual(["line 19999", "line 20000"]);
  });

  it("names no signed URL when it fails", async () => {
    for (const url of [`${base}/refused?sig=s3cr3t`, "https://127.0.0.1:1/log?sig=s3cr3t"]) {
      const error: Error = await fetchRunLog(url, AbortSignal.timeout(500)).then(
        () => expect.fail("it succeeded"),
        (reason) => reason,
      );
      expect(error.message).toContain("the run's log could not be read: ");
      expect(error.message).not.toContain("s3cr3t");
    }
  });
});

describe("lastLines", () => {
  it("leaves out blank lines, colours and what a progress bar has overwritten", () => {
    const log = "one\r\n\u001b[31mtwo\u001b[0m\n\n  \n10%\r50%\r100% done\n   three  \n";
    expect(lastLines(log, 10)).toEqual(["one", "two", "100% done", "   three"]);
    expect(lastLines(log, 1)).toEqual(["   three"]);
    expect(lastLines("", 5)).toEqual([]);
  });
});
