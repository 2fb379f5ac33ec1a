import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { type Header, pack } from "tar-stream";
import { describe, expect, it } from "vitest";
import { compareContents } from "../../../releasing/reproduce/compare.ts";
import type { Content, Layer } from "../../../releasing/reproduce/content.ts";

const TAR = "application/vnd.oci.image.layer.v1.tar";
const GZIP = `${TAR}+gzip`;

type EntryHeader = Partial<Header> & Pick<Header, "name">;
/** Header of each entry, and its content. */
type Entries = [EntryHeader, (string | undefined)?][];

const FILES: Entries = [
  [{ name: "app/", type: "directory", mode: 0o755 }],
  [{ name: "app/server.mjs", mode: 0o644 }, "listen();\n"],
  [{ name: "app/start", type: "symlink", linkname: "server.mjs" }],
];

describe("compareContents", () => {
  it("finds nothing where only times and compression differ", async () => {
    const later: Entries = FILES.map(([header, text]) => [
      { ...header, mtime: new Date(9e11) },
      text,
    ]);
    const [one, other] = [await layer(FILES, GZIP), await layer(later, TAR)];
    expect(one.digest).not.toBe(other.digest);
    expect(await compare([one], [other])).toEqual([]);
  });

  it.each<[string, EntryHeader, string | undefined, string, object, object]>([
    [
      "content",
      { name: "app/server.mjs", mode: 0o644 },
      "listen()!\n",
      "app/server.mjs",
      { size: 10 },
      { size: 10 },
    ],
    [
      "a size",
      { name: "app/server.mjs", mode: 0o644 },
      "",
      "app/server.mjs",
      { size: 10 },
      { size: 0 },
    ],
    [
      "a mode",
      { name: "app/server.mjs", mode: 0o4755 },
      "listen();\n",
      "app/server.mjs",
      { mode: "0644" },
      { mode: "4755" },
    ],
    [
      "an owner",
      { name: "app/server.mjs", mode: 0o644, uid: 1000, gid: 2 },
      "listen();\n",
      "app/server.mjs",
      { owner: "0:0" },
      { owner: "1000:2" },
    ],
    [
      "a link's target",
      { name: "app/start", type: "symlink", linkname: "/bin/sh" },
      undefined,
      "app/start",
      { target: "server.mjs" },
      { target: "/bin/sh" },
    ],
    [
      "a type",
      { name: "app/start", mode: 0o777 },
      "",
      "app/start",
      { type: "symlink" },
      { type: "file" },
    ],
  ])("finds %s that differs", async (_, header, text, path, recorded, rebuilt) => {
    const changed = FILES.map(([each, content]): [EntryHeader, (string | undefined)?] =>
      each.name === header.name ? [header, text] : [each, content],
    );
    const found = await compare([await layer(FILES)], [await layer(changed)]);
    expect(found).toMatchObject([{ layer: 0, path, recorded, rebuilt }]);
    expect(found).toHaveLength(1);
  });

  it("takes a folder for the same with slashes around it, and comes to an end at many within", async () => {
    const path = `a${"/".repeat(1_000_000)}b`;
    const [plain, slashed, busy] = [
      await layer([[{ name: "app", type: "directory" }]]),
      await layer([[{ name: "app", type: "directory", pax: { path: "./app//" } }]]),
      await layer([[{ name: "app", type: "directory", pax: { path } }]]),
    ];
    expect(await compare([plain], [slashed])).toEqual([]);
    expect(await compare([plain], [busy])).toMatchObject([{ path }, { path: "app" }]);
  });

  it("tells bytes apart by their sha256", async () => {
    const [[, ...rest], text] = [FILES, "listen()!\n"];
    const changed: Entries = [
      ...rest.filter(([{ name }]) => name !== "app/server.mjs"),
      [{ name: "app/server.mjs", mode: 0o644 }, text],
    ];
    const [difference] = await compare([await layer(rest)], [await layer(changed)]);
    expect(difference).toMatchObject({
      recorded: { sha256: sha256("listen();\n") },
      rebuilt: { sha256: sha256(text) },
    });
  });

  it("finds files that one side lacks, in the layer they are missing from", async () => {
    const [whole, part] = [await layer(FILES), await layer(FILES.slice(0, 2))];
    expect(await compare([whole, whole], [whole, part])).toEqual([
      { layer: 1, path: "app/start", recorded: expect.objectContaining({ type: "symlink" }) },
    ]);
    expect(await compare([part], [whole])).toEqual([
      { layer: 0, path: "app/start", rebuilt: expect.objectContaining({ type: "symlink" }) },
    ]);
  });

  it("finds layers that one side lacks", async () => {
    const one = await layer(FILES);
    expect(await compare([one, one], [one])).toEqual([
      { layer: 1, path: "", recorded: one.digest },
    ]);
    expect(await compare([], [one])).toEqual([{ layer: 0, path: "", rebuilt: one.digest }]);
  });

  it("reads no layer of one digest", async () => {
    const unread = { ...(await layer(FILES)), open: () => Promise.reject(new Error("read")) };
    expect(await compare([unread], [unread])).toEqual([]);
  });

  it("finds what the config says otherwise", async () => {
    const [one, other] = [
      { config: { Env: ["A=1"], User: "node" }, layers: [] },
      { config: { Env: ["A=2"], Cmd: ["x"] }, layers: [] },
    ];
    expect(await compareContents([one], [other])).toEqual([
      { path: "config.Cmd", rebuilt: ["x"] },
      { path: "config.Env", recorded: ["A=1"], rebuilt: ["A=2"] },
      { path: "config.User", recorded: "node" },
    ]);
  });

  it("compares platform by platform, whatever their order", async () => {
    const [amd, arm] = [
      await image("linux/amd64", FILES),
      await image("linux/arm64", FILES.slice(1)),
    ];
    const changed = await image("linux/arm64", FILES);
    expect(await compareContents([amd, arm], [arm, amd])).toEqual([]);
    expect(await compareContents([amd, arm], [changed, amd])).toMatchObject([
      { platform: "linux/arm64", layer: 0, path: "app" },
    ]);
    expect(await compareContents([amd, arm], [amd])).toEqual([
      { platform: "linux/arm64", path: "", recorded: "there" },
    ]);
  });

  it("takes a layer that is no archive for one file", async () => {
    const file = (text: string, title: string): Layer => ({
      mediaType: "application/octet-stream",
      digest: `sha256:${sha256(text)}`,
      size: text.length,
      title,
      open: () => Promise.reject(new Error("read")),
    });
    expect(await compare([file("a", "tool")], [file("a", "tool")])).toEqual([]);
    expect(await compare([file("a", "tool")], [file("b", "tool")])).toMatchObject([
      {
        layer: 0,
        path: "tool",
        recorded: { sha256: sha256("a") },
        rebuilt: { sha256: sha256("b") },
      },
    ]);
    expect(await compare([file("a", "tool")], [file("a", "other")])).toMatchObject([
      { path: "other" },
      { path: "tool" },
    ]);
  });

  it("fails at an archive that is cut short, would never end, or is compressed otherwise", async () => {
    const whole = await layer(FILES, GZIP);
    const bytes = await buffer(await whole.open());
    const cut = {
      ...whole,
      digest: "sha256:0",
      open: async () => Readable.from([bytes.subarray(0, 40)]),
    };
    await expect(compare([whole], [cut])).rejects.toThrow("unexpected end of file");
    const folder: Entries = [[{ name: "app/", type: "directory", pax: { size: "9" } }]];
    const endless = await layer(folder);
    await expect(compare([whole], [endless])).rejects.toThrow(
      `the layer ${endless.digest} has a folder with content`,
    );
    const zstd = { ...whole, digest: "sha256:0", mediaType: `${TAR}+zstd` };
    await expect(compare([zstd], [whole])).rejects.toThrow("tar+zstd, expected gzip or none");
  });
});

function compare(recorded: readonly Layer[], rebuilt: readonly Layer[]) {
  const content = (layers: readonly Layer[]): Content => ({ config: {}, layers });
  return compareContents([content(recorded)], [content(rebuilt)]);
}

async function image(platform: string, entries: Entries): Promise<Content> {
  return { platform, config: {}, layers: [await layer(entries)] };
}

async function layer(entries: Entries, mediaType = GZIP): Promise<Layer> {
  const archive = pack();
  const packed = buffer(archive);
  for (const [header, text] of entries) {
    archive.entry({ uid: 0, gid: 0, mtime: new Date(0), ...header }, text ?? "");
  }
  archive.finalize();
  const tar = await packed;
  const bytes = mediaType.endsWith("gzip") ? gzipSync(tar) : tar;
  return {
    mediaType,
    digest: `sha256:${sha256(bytes)}`,
    size: bytes.byteLength,
    open: async () => Readable.from([bytes]),
  };
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
