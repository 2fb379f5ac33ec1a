import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, expect, it, onTestFinished } from "vitest";
import { readListed, readOverlay } from "../../../capsule/render/overlay.ts";
import type { SlipwayError } from "../../../schemas/problem.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-overlay-"));
  await mkdir(join(folder, "patches"));
  await writeFile(join(folder, "kustomization.yaml"), "a");
  await writeFile(join(folder, "patches", "web.yaml"), "bc");
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

it.each<[string, () => string]>([
  ["absolute", () => folder],
  ["absolute, with a slash behind", () => `${folder}/`],
  ["relative", () => relative(process.cwd(), folder)],
  ["the working one", () => "."],
  ["the working one, with a slash behind", () => "./"],
])("names the files of an overlay alike when its folder is %s", async (what, named) => {
  if (what.startsWith("the working one")) {
    const before = process.cwd();
    onTestFinished(() => process.chdir(before));
    process.chdir(folder);
  }
  const paths = (await readOverlay(named())).map(({ path }) => path).sort();
  expect(paths).toEqual(["overlay/kustomization.yaml", "overlay/patches/web.yaml"]);
});

it("reads an overlay that is as large as one may be", async () => {
  const [one, other] = await readOverlay(folder, { entries: 2, bytes: 3 });
  expect([one, other].map((file) => Buffer.from(file?.content ?? []).toString()).sort()).toEqual([
    "a",
    "bc",
  ]);
});

it.each([
  ["files", { entries: 1, bytes: 3 }, /^found 2 files in .*, expected at most 1$/],
  ["bytes", { entries: 2, bytes: 2 }, /^found more than 2 bytes in .*, expected an overlay$/],
])("refuses an overlay of more %s", async (_what, limits, message) => {
  const reading = readOverlay(folder, limits);
  await expect(reading).rejects.toMatchObject({ code: "overlay" });
  await expect(reading).rejects.toThrow(message);
});

it("tells of each link, on a line of its own", async () => {
  await symlink("/etc", join(folder, "one"));
  await symlink("web.yaml", join(folder, "patches", "li\nnk"));
  const problems = await readOverlay(folder).catch((error: SlipwayError) => error.problems);
  const messages = problems.map((problem) => ("message" in problem ? problem.message : ""));
  expect(messages.sort()).toEqual([
    `found ${join(folder, "one")}, expected files alone: links are not followed`,
    `found ${join(folder, "patches", "li\\u000ank")}, expected files alone: links are not followed`,
  ]);
});

it.each<[string, (path: string) => unknown, RegExp]>([
  ["gone", () => {}, /^found .*, which cannot be read \(ENOENT\), expected a file$/],
  ["a link", (path) => symlink("kustomization.yaml", path), /links are not followed$/],
  ["a folder", (path) => mkdir(path), /expected files alone/],
  ["a pipe", (path) => execFileSync("mkfifo", [path]), /expected files alone/],
])("refuses what is %s by the time it is read", async (_what, make, message) => {
  const path = join(folder, "odd");
  await make(path);
  const reading = readListed(path, 10);
  await expect(reading).rejects.toMatchObject({ code: "overlay" });
  await expect(reading).rejects.toThrow(message);
});

it("reads a file up to what may be there, whatever size it says it has", async () => {
  // The kernel says that it has no bytes.
  expect(await readListed("/proc/self/status", 10)).toHaveLength(11);
});
