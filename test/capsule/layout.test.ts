import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Capsule } from "../../capsule/contract.ts";
import { openLayout, writeLayout } from "../../capsule/layout.ts";
import { openCapsule } from "../../capsule/open.ts";
import { inspect } from "../../cli/capsule/inspect.ts";
import { COMMIT, sampleCapsule } from "./sample.ts";

const TAG = `git-${COMMIT}`;

let root: string;
let folder: string;
let capsule: Capsule;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "slipway-layout-"));
  await mkdir(join(root, "deep"));
  folder = join(root, "deep", "capsule");
  capsule = await sampleCapsule();
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe("writing a layout", () => {
  it("takes over an empty folder and leaves nothing beside it", async () => {
    await mkdir(folder);
    await writeLayout(folder, capsule, TAG);
    expect(await readdir(join(root, "deep"))).toEqual(["capsule"]);
    expect((await readdir(folder)).sort()).toEqual(["blobs", "index.json", "oci-layout"]);
    expect(await readdir(join(folder, "blobs", "sha256"))).toHaveLength(6);
  });

  it("refuses a folder with something in it, and a file", async () => {
    const file = join(root, "notes");
    await writeFile(file, "mine");
    await expect(writeLayout(file, capsule, TAG)).rejects.toMatchObject({ code: "output-exists" });
    await expect(writeLayout(root, capsule, TAG)).rejects.toMatchObject({ code: "output-exists" });
    expect((await readdir(root)).sort()).toEqual(["deep", "notes"]);
    expect(await readFile(file, "utf8")).toBe("mine");
  });

  it("refuses a link, wherever it leads", async () => {
    await symlink(join(root, "nowhere"), join(root, "link"));
    const work = writeLayout(join(root, "link"), capsule, TAG);
    await expect(work).rejects.toMatchObject({ code: "output-exists" });
    expect((await readdir(root)).sort()).toEqual(["deep", "link"]);
  });

  it("takes every name that a folder can have", async () => {
    const longest = "n".repeat(255);
    await writeLayout(join(root, longest), capsule, TAG);
    expect((await readdir(root)).sort()).toEqual(["deep", longest]);
  });

  it.each<[string, () => string, string]>([
    ["below a file", () => join(root, "notes", "capsule"), "ENOTDIR"],
    ["under a name that is too long", () => join(root, "n".repeat(256)), "ENAMETOOLONG"],
    ["where no folder can be made", () => "/proc/capsule", "E[A-Z]+"],
    ["in a folder that is not there", () => join(root, "none", "capsule"), "ENOENT"],
    ["in one that cannot be there", () => "/proc/none/capsule", "ENOENT"],
  ])("tells what keeps it from being written %s", async (_what, target, code) => {
    await writeFile(join(root, "notes"), "mine");
    const path = target();
    await expect(writeLayout(path, capsule, TAG)).rejects.toMatchObject({
      code: "file-unwritten",
      problems: [
        { message: expect.stringMatching(new RegExp(`^${path} .*\\(${code}\\), expected`)) },
      ],
    });
    expect((await readdir(root)).sort()).toEqual(["deep", "notes"]);
  });

  it("leaves nothing when the file system refuses a part half-way", async () => {
    const [first, ...layers] = capsule.layers;
    if (first === undefined) throw new Error("no layers");
    const last = { ...first, digest: `sha256:${"f".repeat(256)}` };
    const work = writeLayout(folder, { ...capsule, layers: [first, ...layers, last] }, TAG);
    await expect(work).rejects.toMatchObject({ code: "file-unwritten" });
    expect(await readdir(join(root, "deep"))).toEqual([]);
  });

  it.each([
    ["SIGINT", "nobody else listens"],
    ["SIGINT", "it comes twice"],
    ["SIGTERM", "it comes twice, and a library listened before"],
    ["SIGTERM", "a library listened before"],
    ["SIGINT", "a library listens since"],
  ])("leaves nothing at %s, and ends by that, when %s", async (name, when) => {
    // The signal comes when the second part is about to be written.
    const script = `
      import { readdirSync, writeSync } from "node:fs";
      import { writeLayout } from "${resolve("capsule/layout.ts")}";
      import { sampleCapsule } from "${resolve("test/capsule/sample.ts")}";
      import { onExit } from "signal-exit";
      const [root, signal, when] = process.argv.slice(1);
      if (when.includes("before")) onExit(() => {});
      const capsule = await sampleCapsule();
      const [{ digest, content }] = capsule.layers;
      const layer = {
        digest,
        get content() {
          writeSync(1, readdirSync(root).join());
          if (when.includes("since")) onExit(() => {});
          process.kill(process.pid, signal);
          if (when.includes("twice")) process.kill(process.pid, signal);
          return content;
        },
      };
      await writeLayout(root + "/capsule", { ...capsule, layers: [layer] }, "${TAG}");`;
    const inside = join(root, "deep");
    const program = ["--import", "tsx", "--input-type=module", "-e", script, inside, name, when];
    const { signal, stdout } = await execa(process.execPath, program, { reject: false });
    expect({ signal, stdout }).toEqual({
      signal: name,
      stdout: expect.stringMatching(/^\.slipway-[0-9a-f-]{36}$/),
    });
    expect(await readdir(inside)).toEqual([]);
  });
});

describe("reading a layout", () => {
  it("gives the capsule that was written", async () => {
    await writeLayout(folder, capsule, TAG);
    const source = await openLayout(folder);
    expect([source.name, source.tag]).toEqual([folder, TAG]);
    expect(await source.manifest()).toEqual({
      digest: capsule.digest,
      content: Buffer.from(capsule.manifest),
    });
    const opened = await openCapsule(source);
    expect(opened.release.component).toBe("orbit-webapp");
    expect(opened.config.files).toBe(2);
  });

  it("tells what is in it", async () => {
    await writeLayout(folder, capsule, TAG);
    expect(await inspect(folder)).toMatchObject({
      ref: folder,
      tag: TAG,
      digest: capsule.digest,
      identity: { component: "orbit-webapp", version: "1.5.0", commit: COMMIT },
      image: { ref: `slipwaydev.azurecr.io/orbit-webapp:${TAG}` },
      package: { kind: "kustomize", path: "package", files: 2 },
      layers: [{ name: "package" }, { name: "release" }, { name: "provenance" }, { name: "sbom" }],
    });
  });

  it("has no tag where the index gives one that is none", async () => {
    await writeLayout(folder, capsule, "two\u001b[2J words");
    expect((await openLayout(folder)).tag).toBeUndefined();
  });

  it("refuses a folder without an index", async () => {
    await expect(openLayout(root)).rejects.toMatchObject({ code: "file-missing" });
  });

  it.each<[string, string, RegExp]>([
    ["no JSON", "{", /found 0 manifests/],
    ["two capsules", '{"manifests":[{},{}]}', /found 2 manifests/],
    ["a path in place of a digest", '{"manifests":[{"digest":"../../x"}]}', /expected a digest/],
    ["no digest", '{"manifests":[{}]}', /found nothing that is text, expected a digest/],
    [
      "a digest that cannot be written again",
      `{"manifests":[{"digest":${"[".repeat(200_000)}${"]".repeat(200_000)}}]}`,
      /found nothing that is text, expected a digest/,
    ],
    [
      "a digest of a million letters",
      `{"manifests":[{"digest":"${"a".repeat(1_000_000)}"}]}`,
      /found "a{300}\.\.\.", expected a digest/,
    ],
    [
      "a digest that moves the cursor",
      '{"manifests":[{"digest":"\u009b2J"}]}',
      /found "\\u009b2J", expected a digest/,
    ],
  ])("refuses an index with %s", async (_what, index, says) => {
    await writeLayout(folder, capsule, TAG);
    await writeFile(join(folder, "index.json"), index);
    await expect(inspect(folder)).rejects.toMatchObject({
      code: "capsule-invalid",
      message: expect.stringMatching(says),
    });
  });

  it("refuses a manifest of another digest", async () => {
    await writeLayout(folder, capsule, TAG);
    await writeFile(blobOf(capsule.digest), "{}");
    await expect(inspect(folder)).rejects.toMatchObject({
      code: "capsule-invalid",
      message: expect.stringMatching(`expected ${capsule.digest}`),
    });
  });

  it("reads the manifest once, for all who ask", async () => {
    await writeLayout(folder, capsule, TAG);
    const source = await openLayout(folder);
    const first = await source.manifest();
    await rm(blobOf(capsule.digest));
    expect(await source.manifest()).toEqual(first);
  });

  it.each<[string, (content: string) => string, RegExp]>([
    ["other bytes", (content) => content.replace("1.5.0", "1.5.1"), /found the release.yaml sha/],
    ["fewer bytes", (content) => content.slice(1), /bytes of the release.yaml/],
    ["more bytes", (content) => `${content} `, /expected at most/],
  ])("refuses a blob of %s", async (_what, edit, says) => {
    await writeLayout(folder, capsule, TAG);
    const file = blobOf(capsule.layers[1]?.digest);
    await writeFile(file, edit(await readFile(file, "utf8")));
    await expect(inspect(folder)).rejects.toMatchObject({
      code: "capsule-invalid",
      message: expect.stringMatching(says),
    });
  });

  it("refuses a blob that is missing, or a pipe that nobody writes to", async () => {
    await writeLayout(folder, capsule, TAG);
    const file = blobOf(capsule.config.digest);
    await rm(file);
    await expect(inspect(folder)).rejects.toMatchObject({ code: "file-missing" });
    execFileSync("mkfifo", [file]);
    await expect(inspect(folder)).rejects.toMatchObject({
      code: "capsule-invalid",
      message: expect.stringMatching(/expected a file/),
    });
  });
});

function blobOf(digest = ""): string {
  return join(folder, "blobs", "sha256", digest.replace("sha256:", ""));
}
