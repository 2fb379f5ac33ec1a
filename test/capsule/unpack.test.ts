import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { execa } from "execa";
import * as fc from "fast-check";
import { type Header, pack } from "tar-stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ArchiveProblem, LIMITS, packPackage } from "../../capsule/archive.ts";
import { inPrivateFolder } from "../../capsule/private-folder.ts";
import { unpackPackage } from "../../capsule/unpack.ts";

const TIME = 1_780_000_000;
/** In a header of tar. */
const [SIZE_AT, TYPEFLAG_AT] = [124, 156];
const SMALL = { ...LIMITS, bytes: 1024 * 1024, entries: 50 };
/** What stands around the target: whatever a package does, it stays as it is. */
const AROUND = { "beside.txt": "beside", "package/mine.yaml": "mine", "../above.txt": "above" };

let world: string;
let target: string;

beforeEach(async () => {
  world = await mkdtemp(join(tmpdir(), "slipway-unpack-"));
  const home = join(world, "a", "b", "home");
  for (const [path, text] of Object.entries(AROUND)) {
    await mkdir(dirname(join(home, path)), { recursive: true });
    await writeFile(join(home, path), text);
  }
  target = join(home, "target");
});
afterEach(async () => {
  await rm(world, { recursive: true, force: true });
});

describe("unpackPackage", () => {
  it("writes the files with the two modes that there are, whatever the umask", async () => {
    const before = process.umask(0o077);
    try {
      const { content } = await packPackage(
        [
          { path: "package/base/app.yaml", executable: false, content: Buffer.from("kind: App\n") },
          { path: "package/bin/run.sh", executable: true, content: Buffer.from("#!/bin/sh\n") },
        ],
        TIME,
      );
      const { files, size } = await unpackPackage(content, target);
      expect(files).toHaveLength(2);
      expect(size).toBeGreaterThan(1024);
    } finally {
      process.umask(before);
    }
    const app = join(target, "package/base/app.yaml");
    expect(await readFile(app, "utf8")).toBe("kind: App\n");
    expect((await stat(app)).mode & 0o7777).toBe(0o644);
    expect((await stat(join(target, "package/bin/run.sh"))).mode & 0o7777).toBe(0o755);
    expect((await stat(join(target, "package/base"))).mode & 0o7777).toBe(0o700);
  });

  it("says what keeps its files from being written", async () => {
    const { content } = await packPackage(
      [{ path: "package/a.yaml", executable: false, content: Buffer.from("a") }],
      TIME,
    );
    await symlink("target", target);
    await expect(unpackPackage(content, target)).rejects.toMatchObject({
      code: "file-unwritten",
      message: expect.stringMatching(
        `^${target} cannot be written: found .* \\(ELOOP\\), expected a temp`,
      ),
    });
  });

  it("takes over no file and follows no link that is there already", async () => {
    const { content } = await packPackage(
      [{ path: "package/a.yaml", executable: false, content: Buffer.from("new") }],
      TIME,
    );
    await mkdir(join(target, "package"), { recursive: true });
    await symlink(join(target, "..", "beside.txt"), join(target, "package", "a.yaml"));
    await expect(unpackPackage(content, target)).rejects.toThrow(/EEXIST|ELOOP/);
    await expectUntouched();
    await rm(join(target, "package", "a.yaml"));
    await writeFile(join(target, "package", "a.yaml"), "old");
    await expect(unpackPackage(content, target)).rejects.toBeInstanceOf(ArchiveProblem);
    expect(await readFile(join(target, "package", "a.yaml"), "utf8")).toBe("old");
  });

  it("writes nothing at all when the last entry is one that no package has", async () => {
    const tar = await tarOf([
      [{ name: "package/a.yaml", mode: 0o644 }, "a"],
      [{ name: "package/../../beside.txt", mode: 0o644 }, "x"],
    ]);
    await expect(unpackPackage(gzipSync(tar), target)).rejects.toThrow("is no path of plain names");
    expect(existsSync(target)).toBe(false);
  });

  it("refuses a name that no file system takes", async () => {
    const tar = await tarOf([[{ name: `package/${"é".repeat(130)}`, mode: 0o644 }, "x"]]);
    await expect(unpackPackage(gzipSync(tar), target)).rejects.toThrow("more than 255 bytes");
  });

  it.each<[string, string, string, RegExp]>([
    ["a long name of GNU's that climbs out", "L", `package/${"../".repeat(60)}x\0`, /plain names/],
    ["a long name of GNU's", "L", `package/${"deep/".repeat(60)}x\0`, /another form/],
    ["a long link of GNU's", "K", "/etc/passwd\0", /another form/],
    ["a sparse file of GNU's", "S", "", /no|whole|a /],
    [
      "a name for all that follow, which is no name",
      "g",
      "27 path=../../../above.txt\n",
      /another form/,
    ],
  ])("refuses %s", async (_what, typeflag, name, message) => {
    const tar = await tarOf([
      [{ name: "package/@LongLink", mode: 0o644 }, name],
      [{ name: "package/a.yaml", mode: 0o644 }, "a"],
    ]);
    tar.write(typeflag, TYPEFLAG_AT, "latin1");
    const unpacked = unpackPackage(gzipSync(withChecksums(tar)), target);
    await expect(unpacked).rejects.toThrow(message);
    await expectUntouched();
  });

  it("refuses a folder that says it has content", async () => {
    const tar = await tarOf([
      [{ name: "package/d", type: "directory", pax: { size: "9999" } }, ""],
    ]);
    await expect(unpackPackage(gzipSync(tar), target)).rejects.toThrow("folder with content");
  });

  it("refuses a size that is no number, and an extended header whose records never end", async () => {
    const tar = await tarOf([
      [{ name: "package/@PaxHeader", mode: 0o644 }, "-9 aaa=b\n"],
      [{ name: "package/a.yaml", mode: 0o644 }, "a"],
    ]);
    const odd = Buffer.from(tar);
    odd[SIZE_AT] = 0xbc;
    await expect(unpackPackage(gzipSync(withChecksums(odd)), target)).rejects.toThrow("whole tar");
    tar.write("x", TYPEFLAG_AT, "latin1");
    await expect(unpackPackage(gzipSync(withChecksums(tar)), target)).rejects.toThrow("whole tar");
  });

  it("writes nothing outside and fails by refusing alone, whatever the entries are", async () => {
    const outcomes = { refused: 0, written: 0 };
    const many = fc.array(anyEntry(), { maxLength: 6 });
    const few = { weight: 3, arbitrary: fc.array(anyEntry(), { minLength: 1, maxLength: 2 }) };
    await fc.assert(
      fc.asyncProperty(fc.oneof(few, many), fc.boolean(), async (all, sorts) => {
        const byName = ([a]: Entry, [b]: Entry) => (a.name < b.name ? -1 : 1);
        const entries = sorts ? [...all].sort(byName) : all;
        outcomes[await unpackAny(gzipSync(await tarOf(entries)))] += 1;
      }),
      { numRuns: 400 },
    );
    // Neither side would be tested by a generator that makes but the other.
    expect(outcomes.refused).toBeGreaterThan(20);
    expect(outcomes.written).toBeGreaterThan(20);
  });

  it("writes nothing outside and fails by refusing alone, whatever the bytes are", async () => {
    const tar = await tarOf([
      [{ name: "package/a.yaml", mode: 0o644, pax: { path: "package/b.yaml" } }, "a".repeat(700)],
      [{ name: `package/${"l".repeat(120)}/${"n".repeat(120)}`, mode: 0o644 }, "b"],
    ]);
    const packed = gzipSync(tar);
    const edits = fc.array(fc.tuple(fc.nat(tar.byteLength - 1), fc.nat(255)), { maxLength: 12 });
    const damaged = fc.oneof(
      fc.uint8Array({ maxLength: 3_000 }).map((bytes) => gzipSync(bytes)),
      fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
      fc.nat(tar.byteLength).map((size) => gzipSync(tar.subarray(0, size))),
      fc.nat(packed.byteLength).map((size) => packed.subarray(0, size)),
      edits.map((list) => {
        const edited = Buffer.from(tar);
        for (const [at, byte] of list) edited[at] = byte;
        return gzipSync(withChecksums(edited));
      }),
    );
    await fc.assert(
      fc.asyncProperty(damaged, async (content) => {
        await unpackAny(content);
      }),
      { numRuns: 400 },
    );
  });
});

describe("inPrivateFolder", () => {
  it("removes the folder when the work is done, and when it fails", async () => {
    const seen: string[] = [];
    await inPrivateFolder(async (folder) => {
      seen.push(folder);
      expect((await stat(folder)).mode & 0o777).toBe(0o700);
      await writeFile(join(folder, "x"), "x");
    });
    const failing = inPrivateFolder(async (folder) => {
      seen.push(folder);
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(seen.map((folder) => existsSync(folder))).toEqual([false, false]);
    expect(process.listenerCount("SIGINT")).toBe(0);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("removes it at %s, and ends by that", async (signal) => {
    const script = `
      import { writeFileSync } from "node:fs";
      import { inPrivateFolder } from "${resolve("capsule/private-folder.ts")}";
      await inPrivateFolder(async (folder) => {
        writeFileSync(folder + "/x", "x");
        process.stdout.write(folder + "\\n");
        await new Promise((done) => setTimeout(done, 100_000));
      });`;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script]);
    const folder = await new Promise<string>((done) => {
      child.stdout.once("data", (line: Buffer) => done(line.toString("utf8").trim()));
    });
    expect(existsSync(join(folder, "x"))).toBe(true);
    const ended = new Promise((done) => child.once("exit", (_code, by) => done(by)));
    child.kill(signal);
    expect(await ended).toBe(signal);
    expect(existsSync(folder)).toBe(false);
  });

  it("ends by a signal that comes while it is being removed, and removes all of it", async () => {
    const script = `
      import { writeFileSync } from "node:fs";
      import { inPrivateFolder } from "${resolve("capsule/private-folder.ts")}";
      await inPrivateFolder(async (folder) => {
        for (let each = 0; each < 200; each += 1) writeFileSync(folder + "/" + each, "x");
        process.kill(process.pid, "SIGTERM");
      });`;
    const { signal } = await privately(script);
    expect(signal).toBe("SIGTERM");
    const left = (await readdir(world)).filter((name) => name.startsWith("slipway-"));
    expect(left).toEqual([]);
  });

  it("ends by the signal when the folder cannot be removed", async () => {
    const script = `
      import fs from "node:fs";
      import { syncBuiltinESMExports } from "node:module";
      import { inPrivateFolder } from "${resolve("capsule/private-folder.ts")}";
      await inPrivateFolder(async () => {
        fs.rmSync = () => { throw new Error("ENOTEMPTY"); };
        syncBuiltinESMExports();
        process.kill(process.pid, "SIGINT");
        await new Promise((done) => setTimeout(done, 100_000));
      });`;
    const { signal, stderr } = await privately(script);
    expect({ signal, stderr }).toEqual({ signal: "SIGINT", stderr: "" });
  });

  it("says what keeps it from being made", async () => {
    vi.stubEnv("TMPDIR", join(world, "none"));
    const work = inPrivateFolder(async () => {});
    await expect(work).rejects.toMatchObject({
      code: "file-unwritten",
      message: `${join(world, "none")} cannot be written: found no such file or directory (ENOENT), expected a temporary folder that this user may write to, and room in it; mend that, or set TMPDIR to another one`,
    });
    vi.unstubAllEnvs();
    expect(process.listenerCount("SIGINT")).toBe(0);
  });
});

/** A script whose temporary folders are in `world`. */
async function privately(script: string) {
  const program = ["--import", "tsx", "--input-type=module", "-e", script];
  return execa(process.execPath, program, { env: { TMPDIR: world }, reject: false });
}

async function unpackAny(content: Uint8Array): Promise<"refused" | "written"> {
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { mode: 0o700 });
  try {
    await unpackPackage(content, target, SMALL);
    await expectRegularFiles(target);
    return "written";
  } catch (error) {
    if (!(error instanceof ArchiveProblem)) throw error;
    return "refused";
  } finally {
    await expectUntouched();
  }
}

async function expectUntouched(): Promise<void> {
  const found: Record<string, string> = {};
  const inside = join("a", "b", "home", "target");
  for (const name of await readdir(world, { recursive: true })) {
    if (name === inside || name.startsWith(join(inside, "/"))) continue;
    if (!(await lstat(join(world, name))).isFile()) continue;
    found[name] = await readFile(join(world, name), "utf8");
  }
  expect(found).toEqual({
    "a/b/home/beside.txt": "beside",
    "a/b/home/package/mine.yaml": "mine",
    "a/b/above.txt": "above",
  });
}

async function expectRegularFiles(folder: string): Promise<void> {
  for (const name of await readdir(folder, { recursive: true })) {
    const facts = await lstat(join(folder, name));
    if (facts.isDirectory()) continue;
    expect(facts.isFile()).toBe(true);
    expect(facts.nlink).toBe(1);
    expect([0o644, 0o755]).toContain(facts.mode & 0o7777);
    expect(name).toMatch(/^package\//);
  }
}

type Entry = [Partial<Header> & { name: string }, string];

function anyEntry(): fc.Arbitrary<Entry> {
  const segment = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom("a", "B", "b", "base", "x.yaml", "é", "e\u0301") },
    fc.constantFrom("..", ".", "", "...", "C:", "\\..\\..", "a\0b", "a\nb", "con", "x".repeat(300)),
    fc.string({ maxLength: 8 }),
  );
  const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
  const name = fc.oneof(
    { weight: 6, arbitrary: path.map((tail) => `package/${tail}`) },
    fc.constantFrom(
      "/etc/x",
      "../above.txt",
      "../../above.txt",
      "../beside.txt",
      "..\\beside.txt",
      "package",
      "package/",
      "Package/a",
      `package/${"d/".repeat(600)}x`,
    ),
    path,
  );
  const type = fc.oneof(
    { weight: 12, arbitrary: fc.constant("file" as const) },
    fc.constantFrom(
      "link",
      "symlink",
      "character-device",
      "block-device",
      "directory",
      "fifo",
    ) as fc.Arbitrary<Header["type"]>,
  );
  const mode = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(0o644, 0o755) },
    fc.constantFrom(0o4755, 0o777, 0o1644, 0),
  );
  const pax = fc.option(
    fc.constantFrom<Record<string, string>>(
      { path: "../../above.txt" },
      { path: "package/pax.yaml" },
      { linkpath: "/etc/passwd" },
      { size: "9999999999" },
      { "GNU.sparse.major": "1", "GNU.sparse.name": "/etc/x", "GNU.sparse.realsize": "1000000" },
    ),
    { freq: 2, nil: undefined },
  );
  return fc
    .record({ name, type, mode, pax, linkname: fc.constantFrom("../beside.txt", "/etc/passwd") })
    .chain(({ pax: extra, linkname, ...header }) => {
      const file = header.type === "file";
      const link = file ? {} : { linkname };
      const given = { ...header, ...link, ...(extra !== undefined && { pax: extra }) };
      return fc.string({ maxLength: 40 }).map((text): Entry => [given, file ? text : ""]);
    });
}

async function tarOf(entries: readonly Entry[]): Promise<Buffer> {
  const archive = pack();
  const read = buffer(archive);
  const mtime = new Date(TIME * 1000);
  for (const [header, content] of entries) archive.entry({ mtime, ...header }, content);
  archive.finalize();
  return read;
}

/** So that an edit is met by more than the header's checksum. */
function withChecksums(tar: Buffer): Buffer {
  for (let at = 0; at + 512 <= tar.byteLength; at += 512) {
    const header = tar.subarray(at, at + 512);
    if (header.subarray(257, 262).toString("latin1") !== "ustar") continue;
    header.fill(" ", 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  }
  return tar;
}
