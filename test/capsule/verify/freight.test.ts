import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readFreight } from "../../../capsule/verify/index.ts";
import { isSameRepository } from "../../../capsule/verify/repository-url.ts";
import { SlipwayError } from "../../../schemas/problem.ts";
import {
  freight,
  IMAGE,
  type Json,
  KEYS,
  OTHER_COMMIT,
  OTHER_DIGEST,
  REGISTRY,
  refusals,
  sourceOf,
  verify,
  world,
} from "./world.ts";

const made = await world();
const { digest: CAPSULE } = sourceOf(made.draft());
const REVISION = "org.opencontainers.image.revision";

describe("a Freight", () => {
  it.each<[string, (document: Json) => void]>([
    ["the capsule", () => {}],
    ["the image", named(`${REGISTRY}/${IMAGE}`, made.digest)],
    ["both", (it) => it.images.push({ ...it.images[0], ...image() })],
    [
      "other things, too",
      (it) => it.images.push({ repoURL: "example.com/other", tag: "1", digest: OTHER_DIGEST }),
    ],
    [
      "commits of other repositories",
      (it) => it.commits.push({ repoURL: "https://git.example.com/gitops.git", id: OTHER_COMMIT }),
    ],
    ["no commits", (it) => delete it.commits],
    ["nothing of a revision", (it) => delete it.images[0].annotations],
    [
      "the commit by ssh",
      (it) => (it.commits[0].repoURL = "git@git.example.com:platform/platform.git"),
    ],
  ])("fits when it names %s", async (_what, edit) => {
    expect(await check(edit)).toMatchObject({ ok: true });
  });

  it.each<[string, (document: Json) => void]>([
    ["another digest of the capsule", (it) => (it.images[0].digest = OTHER_DIGEST)],
    ["no digest of the capsule", (it) => delete it.images[0].digest],
    ["another tag of the capsule", (it) => (it.images[0].tag = `git-${OTHER_COMMIT}`)],
    ["no tag of the capsule", (it) => delete it.images[0].tag],
    [
      "another revision of the capsule",
      (it) => (it.images[0].annotations[REVISION] = OTHER_COMMIT),
    ],
    [
      "another digest of the image",
      (it) => it.images.push({ ...it.images[0], ...image(), digest: OTHER_DIGEST }),
    ],
    ["another commit", (it) => (it.commits[0].id = OTHER_COMMIT)],
    ["another commit, too", (it) => it.commits.push({ ...it.commits[0], id: OTHER_COMMIT })],
    ["no commit of its repository", (it) => delete it.commits[0].id],
    ["other images alone", named("example.com/other", CAPSULE)],
    ["no images", (it) => delete it.images],
  ])("is refused when it names %s", async (_what, edit) => {
    expect(refusals(await check(edit))).toEqual(["freight: freight"]);
  });

  it.each<[string, string]>([
    ["no JSON", "kind: Freight"],
    ["half of it", '{"images":['],
    ["a key that stands twice", '{"images":[],"images":[{"repoURL":"a/b"}]}'],
    ["a list", "[]"],
    ["neither images nor commits", '{"kind":"Freight"}'],
    ["images that are no list", '{"images":{}}'],
    ["an image without a repository", '{"images":[{"tag":"1"}]}'],
    ["a commit without a repository", '{"images":[],"commits":[{"id":"1"}]}'],
    ["another kind", '{"kind":"Stage","images":[]}'],
    ["nesting without end", "[".repeat(100_000)],
  ])("is told as unusable when it is %s", async (_what, text) => {
    const file = temp(text);
    const error = await readFreight(file).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SlipwayError);
    expect(error).toMatchObject({ code: "freight", problems: [{ file }] });
    expect((error as SlipwayError).message).toMatch(/expected a Freight as `kubectl get freight/);
  });

  it("is read as it is printed, absent lists included", async () => {
    const read = await readFreight(temp('{"kind":"Freight","images":null,"commits":[]}'));
    expect(read).toMatchObject({ images: [], commits: [] });
  });

  it("says where there is no file, or a large one", async () => {
    const large = temp(" ".repeat(1024 * 1024 + 1));
    await expect(readFreight("/nowhere.json")).rejects.toMatchObject({ code: "file-missing" });
    await expect(readFreight(large)).rejects.toMatchObject({ code: "file-too-large" });
    await expect(readFreight("/dev/zero")).rejects.toMatchObject({ code: "file-too-large" });
  });
});

describe("isSameRepository", () => {
  it.each([
    ["https://git.example.com/a/b.git", "https://git.example.com/a/b", true],
    ["https://git.example.com/a/b.git", "ssh://git@git.example.com/a/b.git", true],
    ["https://git.example.com/a/b.git", "git@git.example.com:a/b.git", true],
    ["https://git.example.com/a/b.git", "https://GIT.example.com/a/b/", true],
    ["https://git.example.com/a/b.git", "https://git.example.com/a/B.git", false],
    ["https://git.example.com/a/b.git", "https://git.example.com:8443/a/b.git", false],
    ["https://git.example.com/a/b.git", "https://git.example.org/a/b.git", false],
    ["https://git.example.com/a/b.git", "https://git.example.com/a/b2.git", false],
    ["nothing", "nothing", false],
    ["", "", false],
  ])("compares %s and %s", (one, other, same) => {
    expect(isSameRepository(one, other)).toBe(same);
  });

  it("takes no address that would keep it busy", () => {
    const endless = `https://git.example.com/${"/".repeat(2_000_000)}a`;
    expect(isSameRepository(endless, endless)).toBe(false);
  });
});

function check(edit: (document: Json) => void) {
  return verify(made, made.draft(), { signedBy: KEYS, freight: freight(edit, CAPSULE) });
}

function named(repoURL: string, digest: string): (document: Json) => void {
  return ({ images }) => Object.assign(images[0], { repoURL, digest });
}

function image() {
  return { repoURL: `${REGISTRY}/${IMAGE}`, digest: made.digest };
}

function temp(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "slipway-freight-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "freight.json");
  writeFileSync(file, text);
  return file;
}
