import { gunzipSync } from "node:zlib";
import { extract, type Header } from "tar-stream";
import { describe, expect, it } from "vitest";
import { packLayer } from "../../../sandbox/oci/layer.ts";
import { sha256 } from "../../../sandbox/oci/registry-client.ts";

const FILES = [
  { path: "/usr/bin/b", mode: 0o755, content: Buffer.from("b") },
  { path: "/etc/a", mode: 0o644, content: Buffer.from("a") },
  { path: "/usr/bin/link", mode: 0o777, target: "b" },
];

async function entries(blob: Buffer): Promise<Header[]> {
  const headers: Header[] = [];
  const archive = extract();
  archive.end(gunzipSync(blob));
  for await (const entry of archive) {
    headers.push(entry.header);
    entry.resume();
  }
  return headers;
}

describe("packLayer", () => {
  it("gives the same bytes when the files come in another order", async () => {
    const one = await packLayer(FILES);
    const other = await packLayer([...FILES].reverse());
    expect(sha256(other.blob)).toBe(sha256(one.blob));
    expect(one.diffId).toBe(sha256(gunzipSync(one.blob)));
  });

  it("gives other bytes when a mode changes", async () => {
    const [first, ...rest] = FILES;
    const changed = first === undefined ? [] : [{ ...first, mode: 0o700 }, ...rest];
    expect((await packLayer(changed)).diffId).not.toBe((await packLayer(FILES)).diffId);
  });

  it("puts folders before what is in them, once, with root as owner and no time", async () => {
    const headers = await entries((await packLayer(FILES, { "/tmp": 0o1777 })).blob);
    expect(headers.map(({ name, type }) => `${type} ${name}`)).toEqual([
      "directory etc/",
      "directory tmp/",
      "directory usr/",
      "directory usr/bin/",
      "file etc/a",
      "file usr/bin/b",
      "symlink usr/bin/link",
    ]);
    expect(headers.find(({ name }) => name === "tmp/")?.mode).toBe(0o1777);
    expect(headers.every(({ uid, gid, mtime }) => !uid && !gid && mtime?.getTime() === 0)).toBe(
      true,
    );
  });
});
