import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { createGunzip, gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { type Header, pack } from "tar-stream";
import { describe, expect, it } from "vitest";
import { TarProblem, tarEntries } from "../../builds/tar.ts";

type Given = [Partial<Header> & { name: string }, string?];

const [SIZE_AT, TYPE_AT, CHECKSUM_AT, BLOCK] = [124, 156, 148, 512];
const LONG = `${"long/".repeat(60)}name`;
const MANY: Given[] = [
  [{ name: "folder", type: "directory" }],
  [{ name: "folder/empty" }, ""],
  [{ name: "folder/file" }, "x".repeat(700)],
  [{ name: LONG }, "y".repeat(BLOCK)],
  [{ name: "link", type: "symlink", linkname: "folder/file" }],
  [{ name: "dated", pax: { mtime: "1.5", comment: "a=b\nsize=9" } }, "z"],
];

describe("tarEntries", () => {
  it("gives what is in a tar, however it is cut into chunks", async () => {
    const tar = await tarOf(MANY);
    const expected = MANY.map(([{ name }, text = ""]) => [name, text]);
    expect(await read(tar)).toEqual(expected);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 1500 }), { minLength: 1 }),
        async (sizes) => {
          const chunks: Buffer[] = [];
          for (let at = 0, next = 0; at < tar.byteLength; next += 1) {
            const size = sizes[next % sizes.length] ?? 1;
            chunks.push(tar.subarray(at, at + size));
            at += size;
          }
          expect(await read(...chunks)).toEqual(expected);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("reads what it goes through before it is a tar, and fails as that fails", async () => {
    const packed = gzipSync(await tarOf(MANY));
    const names = async (content: Buffer) => {
      const found: string[] = [];
      const source = Readable.from([content], { objectMode: false });
      for await (const entry of tarEntries(source, createGunzip())) {
        await buffer(entry.content);
        found.push(entry.header.name);
      }
      return found;
    };
    expect(await names(packed)).toHaveLength(MANY.length);
    await expect(names(packed.subarray(0, -20))).rejects.toThrow("unexpected end of file");
  });

  it("fails as its source does, also within an entry", async () => {
    const tar = await tarOf([[{ name: "a" }, "x".repeat(700)]]);
    async function* failing() {
      yield tar.subarray(0, 900);
      throw new Error("the source");
    }
    const reading = async () => {
      for await (const { content } of tarEntries(Readable.from(failing()))) await buffer(content);
    };
    await expect(reading()).rejects.toThrow("the source");
  });

  it("lets go of the source when nobody reads on", async () => {
    const source = Readable.from([await tarOf(MANY)], { objectMode: false });
    for await (const entry of tarEntries(source)) {
      expect(entry.header.name).toBe("folder");
      break;
    }
    expect(source.destroyed).toBe(true);
  });

  it("takes a size in binary", async () => {
    const tar = await tarOf([[{ name: "a" }, "text"]]);
    Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4]).copy(tar, SIZE_AT);
    expect(await read(sealed(tar))).toEqual([["a", "text"]]);
  });

  it("takes a file for nothing else, though its content is a tar that would be refused", async () => {
    const inner = endless();
    const found = await read(await tarOf([[{ name: "inner.tar" }, inner.toString("latin1")]]));
    expect(found).toEqual([["inner.tar", inner.toString("latin1")]]);
    await expect(read(inner)).rejects.toBeInstanceOf(TarProblem);
  });

  it("takes a size that an extended header has, and goes on behind it", async () => {
    const tar = await tarOf([
      [{ name: "a", pax: { size: "600" } }, "x".repeat(600)],
      [{ name: "b" }, "b"],
    ]);
    // Of the entry itself: whoever goes by it takes its content for headers.
    Buffer.from("00000000000 ").copy(tar, 2 * BLOCK + SIZE_AT);
    expect(await read(sealed(tar, 2 * BLOCK))).toEqual([
      ["a", "x".repeat(600)],
      ["b", "b"],
    ]);
  });

  it.each<[string, () => Buffer | Promise<Buffer>, string]>([
    [
      "a folder with content",
      () => tarOf([[{ name: "d", type: "directory", pax: { size: "9" } }]]),
      "has a folder with content",
    ],
    ["a size that is no number", () => edited((tar) => tar.writeUInt8(0xbc, SIZE_AT)), "whole tar"],
    ["a size below nothing", () => edited((tar) => tar.writeUInt8(0xff, SIZE_AT)), "whole tar"],
    [
      "a size without an end",
      () => edited((tar) => tar.fill(0x80, SIZE_AT, SIZE_AT + 12)),
      "whole tar",
    ],
    ["an extended header that goes backwards", endless, "whole tar"],
    ["an extended header of nothing", () => edited((tar) => tar.write("x", TYPE_AT)), "whole tar"],
    ["a long name of nothing", () => edited((tar) => tar.write("L", TYPE_AT)), "whole tar"],
    ["records without a value", () => extended("8 size9\n"), "whole tar"],
    ["records that are cut off", () => extended("99 size=9\n"), "whole tar"],
    ["a size in words", () => extended("10 size=-9\n"), "whole tar"],
    ["a size for all that follow", () => extended("9 size=9\n", "g"), "whole tar"],
  ])("refuses %s", async (_what, make, why) => {
    const reading = read(await make());
    await expect(reading).rejects.toBeInstanceOf(TarProblem);
    await expect(reading).rejects.toThrow(why);
  });

  it("takes as many records as entries have, and refuses more than they need", async () => {
    // Besides, each has its path as one.
    const tagged = (count: number): Given => {
      const records = Array.from({ length: count }, (_, index) => [`vendor.${index}`, "x"]);
      return [{ name: "a", pax: Object.fromEntries(records) }, ""];
    };
    const each = Array.from({ length: 100 }, () => tagged(19));
    expect(await read(await tarOf(each))).toHaveLength(100);
    expect(await read(await tarOf([tagged(900), ...each]))).toHaveLength(101);
    const refused = "has more extended headers than its entries need";
    await expect(read(await tarOf([tagged(1_100)]))).rejects.toThrow(refused);
    await expect(read(await tarOf(Array.from({ length: 100 }, () => tagged(50))))).rejects.toThrow(
      refused,
    );
  });

  it("fails at a tar that is cut off, and at none", async () => {
    const tar = await tarOf(MANY);
    await expect(read(tar.subarray(0, 700))).rejects.toThrow("Unexpected end of data");
    await expect(read(Buffer.from("a".repeat(BLOCK)))).rejects.toThrow("whole tar");
  });
});

async function read(...chunks: Buffer[]): Promise<[string, string][]> {
  const found: [string, string][] = [];
  for await (const entry of tarEntries(Readable.from(chunks, { objectMode: false }))) {
    found.push([entry.header.name, (await buffer(entry.content)).toString("latin1")]);
  }
  return found;
}

async function tarOf(entries: readonly Given[]): Promise<Buffer> {
  const archive = pack();
  const whole = buffer(archive);
  for (const [header, text] of entries) archive.entry(header, Buffer.from(text ?? "", "latin1"));
  archive.finalize();
  return whole;
}

/** An empty file's header, changed. */
async function edited(edit: (tar: Buffer) => void): Promise<Buffer> {
  const tar = await tarOf([[{ name: "a" }, ""]]);
  edit(tar);
  return sealed(tar);
}

/** An extended header by hand, before a file. */
function extended(records: string, type = "x"): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write("@PaxHeader", 0);
  header.write(`${records.length.toString(8).padStart(11, "0")} `, SIZE_AT);
  header.write(type, TYPE_AT);
  header.write("ustar\x0000", 257, "latin1");
  const content = Buffer.alloc(BLOCK);
  content.write(records);
  return Buffer.concat([sealed(header), content, Buffer.alloc(2 * BLOCK)]);
}

/** What the library would read again and again. */
function endless(): Buffer {
  return extended("-9 aaa=b\n");
}

function sealed(tar: Buffer, at = 0): Buffer {
  const header = tar.subarray(at, at + BLOCK);
  header.fill(" ", CHECKSUM_AT, CHECKSUM_AT + 8);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, CHECKSUM_AT, "latin1");
  return tar;
}
