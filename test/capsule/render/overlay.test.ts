import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, expect, it, onTestFinished } from "vitest";
import { readOverlay } from "../../../capsule/render/overlay.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-overlay-"));
  await mkdir(join(folder, "patches"));
  await writeFile(join(folder, "kustomization.yaml"), "");
  await writeFile(join(folder, "patches", "web.yaml"), "");
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
  const paths = (await readOverlay(named())).map(({ path }) => path);
  expect(paths).toEqual(["overlay/kustomization.yaml", "overlay/patches/web.yaml"]);
});
