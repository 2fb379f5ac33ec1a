import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { type Header, pack } from "tar-stream";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../builds/digest.ts";
import {
  ArchiveProblem,
  LIMITS,
  openPackage,
  type PackageFile,
  packPackage,
} from "../../capsule/archive.ts";
import { gunzipWithin } from "../../capsule/gzip.ts";
import { readPackage } from "./sample.ts";

type Given = Partial<Header> & { name: string };

const TIME = 1_780_000_000;

describe("packPackage", () => {
  it("gives the same bytes whatever the order of the files", async () => {
    const files = [file("package/b.yaml", "b"), file("package/a/c.yaml", "c")];
    const [one, other] = await Promise.all([
      packPackage(files, TIME),
      packPackage([...files].reverse(), TIME),
    ]);
    expect(Buffer.from(one.content).equals(other.content)).toBe(true);
    // A changed literal is another digest for every capsule that is packed anew.
    expect(one.diffId).toBe(
      "sha256:81b122e5b856ee3bfc62d9022387c3a0160a292b8801d00d725c7fc9adae0bee",
    );
    expect(sha256(one.content)).toBe(
      "sha256:9be4750e411a715041b77a8392b1681c2eaee25f49122ebea1f1b257a306a4da",
    );
  });

  it("refuses what it could not read again for its ratio", async () => {
    const packing = packPackage([file("package/blank", "\0".repeat(1024 * 1024))], TIME);
    await expect(packing).rejects.toThrow(ArchiveProblem);
    await expect(packing).rejects.toThrow(/unpacked and \d+ packed, more than 200 for one/);
  });

  it("is read again as it was", async () => {
    const name = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,20}$/);
    const entry = fc.record({
      path: fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/")),
      executable: fc.boolean(),
      content: fc.uint8Array({ maxLength: 2_000 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(entry, { minLength: 1, maxLength: 12, selector: ({ path }) => path }),
        async (entries) => {
          const files = entries.map((each) => ({ ...each, path: `package/${each.path}` }));
          const packed = await packPackage(files, TIME).catch((error: unknown) => error);
          if (packed instanceof ArchiveProblem) {
            expect(packed.message).toMatch(/as a file and as a folder/);
            return;
          }
          const { content } = packed as Awaited<ReturnType<typeof packPackage>>;
          const read = await readPackage(content);
          const sorted = files.sort((a, b) => (a.path < b.path ? -1 : 1));
          expect(read.map(plain)).toEqual(sorted.map(plain));
        },
      ),
    );
  });

  it.each([-1, 2 ** 31, Number.NaN])("refuses a time that tar could not tell: %d", async (time) => {
    const packing = packPackage([file("package/a.yaml")], time);
    await expect(packing).rejects.toBeInstanceOf(ArchiveProblem);
    await expect(packing).rejects.toThrow("expected 0 to 2147483647 seconds");
  });

  it("is read again with the last time that tar can tell", async () => {
    const { content } = await packPackage([file("package/a.yaml")], 2 ** 31 - 1);
    expect((await openPackage(content)).time).toBe(2 ** 31 - 1);
  });

  it("refuses what nobody could unpack", async () => {
    await expect(packPackage([], TIME)).rejects.toThrow("holds nothing");
    await expect(packPackage([file("base/a.yaml")], TIME)).rejects.toThrow("is not below package/");
  });
});

describe("readPackage", () => {
  const good: [[Given, string]] = [[{ name: "package/a.yaml" }, "a"]];
  const other: [[Given, string]] = [[{ name: "package/b.yaml" }, "b"]];

  it("takes what another gzip packed", async () => {
    expect(await readPackage(gzipSync(await tarOf(good)))).toHaveLength(1);
  });

  it.each<[string, (tar: Buffer) => Buffer | Promise<Buffer>]>([
    ["its entries in another order", () => tarOf([...other, ...good])],
    ["an owner", () => tarOf([[{ name: "package/a.yaml", uid: 1000 }, "a"]])],
    ["a group", () => tarOf([[{ name: "package/a.yaml", gid: 1000 }, "a"]])],
    ["an owner's name", () => tarOf([[{ name: "package/a.yaml", uname: "me" }, "a"]])],
    ["entries of two times", () => tarOf([[{ name: "package/a", mtime: new Date(0) }], ...other])],
    ["an extended header that says nothing", () => tarOf([[{ ...good[0][0], pax: {} }, "a"]])],
    ["an extended header", () => tarOf([[{ ...good[0][0], pax: { comment: "x" } }, "a"]])],
    ["a contiguous file", () => tarOf([[{ name: "package/a", type: "contiguous-file" }, "a"]])],
    ["one end too few", (tar) => tar.subarray(0, -512)],
    ["one end too many", (tar) => Buffer.concat([tar, Buffer.alloc(512)])],
    ["another tar behind its end", async (tar) => Buffer.concat([tar, await tarOf(other)])],
    ["bytes behind a file's content", (tar) => Buffer.from(tar.fill("x", 512 + 1, 512 + 8))],
  ])("refuses a tar in another form than packing gives it: %s", async (_what, change) => {
    const tar = await tarOf(good);
    expect(await readPackage(gzipSync(tar))).toHaveLength(1);
    await refuses(gzipSync(await change(tar)), /another form than packing|contiguous-file/);
  });

  it.each<[string, [Given, string?][], RegExp]>([
    ["nothing", [], /holds nothing/],
    ["an absolute path", [[{ name: "/etc/passwd" }, "x"]], /not below package/],
    ["a path that climbs out", [[{ name: "package/../../x" }, "x"]], /no path of plain names/],
    ["a path that stands still", [[{ name: "package/./x" }, "x"]], /no path of plain names/],
    ["an empty name", [[{ name: "package//x" }, "x"]], /no path of plain names/],
    ["Windows' separator", [[{ name: "package\\..\\x" }, "x"]], /not below package/],
    ["Windows' drive", [[{ name: "package/C:x" }, "x"]], /no path of plain names/],
    ["a control character", [[{ name: "package/a\nb" }, "x"]], /no path of plain names/],
    [
      "what moves a cursor",
      [[{ name: "package/a\u009b2J" }, "x"]],
      /holds "package\/a\\u009b2J", which is no path of plain names/,
    ],
    [
      "a name that nobody would read",
      [[{ name: "a", pax: { path: "a".repeat(5_000) } }, "x"]],
      /^holds "a{300}\.\.\.", which is not below package\/$/,
    ],
    ["a file beside the package", [[{ name: "packages/a" }, "x"]], /not below package/],
    ["a link", [[{ name: "package/l", type: "symlink", linkname: "/etc" }]], /a symlink/],
    ["a hard link", [[{ name: "package/l", type: "link", linkname: "package/a" }]], /a link/],
    ["a device", [[{ name: "package/d", type: "character-device" }]], /a character-device/],
    ["a pipe", [[{ name: "package/p", type: "fifo" }]], /a fifo/],
    ["a folder's entry", [[{ name: "package/d", type: "directory" }]], /a directory/],
    ["a set-uid file", [[{ name: "package/s", mode: 0o4755 }, "x"]], /with the mode 4755/],
    ["a file twice", [...good, ...good], /holds "package\/a.yaml" and "package\/a.yaml"/],
    [
      "two names that one file system takes for one",
      [...good, [{ name: "package/A.yaml" }, "x"]],
      /holds "package\/a.yaml" and "package\/A.yaml"/,
    ],
    [
      "a file that is a folder, too",
      [...good, [{ name: "package/a.yaml/b" }, "x"]],
      /as a file and as a folder/,
    ],
  ])("refuses %s", async (_what, entries, message) => {
    await refuses(gzipSync(await tarOf(entries)), message);
  });

  it.each<[string, (tar: Buffer) => Uint8Array, RegExp]>([
    ["half of it", (tar) => gzipSync(tar).subarray(0, -9), /not whole gzip/],
    [
      "something behind its end",
      (tar) => Buffer.concat([gzipSync(tar), Buffer.from("x")]),
      /not whole gzip/,
    ],
    [
      "something behind zeros behind its end",
      (tar) => Buffer.concat([gzipSync(tar), Buffer.from("\0hidden")]),
      /has bytes behind its end/,
    ],
    ["no gzip", (tar) => tar, /not whole gzip/],
    [
      "a tar that is cut off",
      (tar) => gzipSync(tar.subarray(0, 700)),
      /not a whole tar|holds nothing/,
    ],
    ["no tar", () => gzipSync(Buffer.from("a".repeat(2048))), /not a whole tar/],
    ["a bomb", () => gzipSync(Buffer.alloc(4 * 1024 * 1024)), /unpacks to more than/],
  ])("refuses %s", async (_what, make, message) => {
    await refuses(make(await tarOf([[{ name: "package/a.yaml" }, "a".repeat(600)]])), message);
  });

  it("refuses more than its limits", async () => {
    const content = gzipSync(await tarOf([...good, [{ name: "package/b" }, "b"]]));
    await refuses(content, /more than 1 files/, { entries: 1 });
    await refuses(content, /more than 10$/, { compressed: 10 });
    await refuses(content, /more than 1024 bytes/, { bytes: 1024 });
    await refuses(content, /more than/, { ratio: 1 });
  });

  it("refuses or reads whatever bytes come, and never fails otherwise", async () => {
    const { content } = await packPackage([file("package/a.yaml"), file("package/b.yaml")], TIME);
    const tar = await gunzipWithin(content, LIMITS.bytes);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(tar.byteLength - 1), fc.nat(255)), { maxLength: 8 }),
        async (edits) => {
          const damaged = Buffer.from(tar);
          for (const [at, byte] of edits) damaged[at] = byte;
          const read = await readPackage(gzipSync(damaged)).catch((error: unknown) => error);
          if (read instanceof ArchiveProblem) return;
          for (const { path } of read as PackageFile[]) {
            expect(path).toMatch(/^package\/(?!.*(^|\/)\.\.?(\/|$))/);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

async function refuses(content: Uint8Array, message: RegExp, limits = {}): Promise<void> {
  const reading = readPackage(content, { ...LIMITS, ...limits });
  await expect(reading).rejects.toBeInstanceOf(ArchiveProblem);
  await expect(reading).rejects.toThrow(message);
}

async function tarOf(entries: readonly [Given, string?][]): Promise<Buffer> {
  const archive = pack();
  const read = buffer(archive);
  for (const [header, content] of entries) {
    archive.entry({ mode: 0o644, mtime: new Date(TIME * 1000), ...header }, content ?? "");
  }
  archive.finalize();
  return read;
}

function file(path: string, text = path): PackageFile {
  return { path, executable: false, content: Buffer.from(text) };
}

function plain({ path, executable, content }: PackageFile) {
  return { path, executable, content: Buffer.from(content).toString("hex") };
}
