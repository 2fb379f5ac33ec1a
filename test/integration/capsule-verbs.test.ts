import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeLayout } from "../../capsule/layout.ts";
import type { PullDocument } from "../../cli/capsule/pull.ts";
import type { PushDocument } from "../../cli/capsule/push.ts";
import type { ErrorDocument } from "../../cli/errors.ts";
import { json, slipway } from "../cli/bin.ts";
import { COMMIT, capsuleOf, hostOf } from "./capsule-fixture.ts";
import { REGISTRY, startPlainRegistry, type TestRegistry } from "./registries.ts";

const TAG = `git-${COMMIT}`;

let registry: TestRegistry;
let folder: string;

beforeAll(async () => {
  registry = await startPlainRegistry();
  folder = await mkdtemp(join(tmpdir(), "slipway-capsule-verbs-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await registry.close();
});

describe("slipway capsule push and pull", () => {
  it("carry a capsule from a folder to a registry and back, byte for byte", async () => {
    const content = randomBytes(2_000_000);
    const capsule = await capsuleOf({ image: `${REGISTRY}/orbit-webapp`, content });
    await writeLayout(join(folder, "packed"), capsule, TAG);
    const home = `${hostOf(registry)}/verbs/orbit-webapp-capsule`;
    const pushed = await json<PushDocument>(folder, "capsule", "push", "./packed", home);
    expect(pushed).toMatchObject({
      ref: `${home}@${capsule.digest}`,
      tag: TAG,
      digest: capsule.digest,
      pushed: true,
      referrer: null,
      identity: { component: "orbit-webapp", version: "1.5.0", commit: COMMIT },
    });
    const again = await slipway(folder, "capsule", "push", "./packed", home);
    expect(again.stdout).toMatch(/was there already$/);
    const pull = ["capsule", "pull", `${home}:${TAG}`, "--output", "pulled"];
    const { stderr } = await slipway(folder, ...pull);
    expect(stderr).toContain("pulling sha256:");
    expect(stderr).toContain(": 2.0 MB");
    expect(await contents(join(folder, "pulled"))).toEqual(await contents(join(folder, "packed")));
    const inspected = await json<PullDocument>(folder, "capsule", "inspect", `${home}:${TAG}`);
    expect(inspected).toMatchObject({ ref: `${home}@${capsule.digest}`, tag: TAG });
  });

  it("leave a folder alone that holds something", async () => {
    const home = await pushed("alone");
    await writeFile(join(folder, "taken"), "mine");
    const { error } = await json<ErrorDocument>(
      folder,
      ...["capsule", "pull", `${home}:${TAG}`, "--output", "taken"],
    );
    expect(error.code).toBe("output-exists");
    expect(await readFile(join(folder, "taken"), "utf8")).toBe("mine");
  });

  it("leave nothing behind when there is no such capsule", async () => {
    const before = await readdir(folder);
    const missing = `${hostOf(registry)}/verbs/nothing@sha256:${"0".repeat(64)}`;
    const run = await slipway(folder, "capsule", "pull", missing, "--output", "nothing", "--json");
    expect(run.exitCode).toBe(1);
    expect(JSON.parse(run.stdout).error.code).toBe("registry-missing");
    expect(await readdir(folder)).toEqual(before);
  });

  it.each(["no-registry", "127.0.0.1/UPPER", "127.0.0.1/a:b:c", "127.0.0.1/../a", "-x/y"])(
    "take %s for a wrong command",
    async (reference) => {
      const run = await slipway(folder, "capsule", "pull", "--output", "x", "--", reference);
      expect(run.exitCode).toBe(2);
      expect(run.stderr).toContain("is not <registry>/<repository>");
    },
  );
});

async function pushed(name: string): Promise<string> {
  const capsule = await capsuleOf({ image: `${REGISTRY}/orbit-webapp` });
  await writeLayout(join(folder, `${name}-packed`), capsule, TAG);
  const home = `${hostOf(registry)}/verbs/${name}`;
  await slipway(folder, "capsule", "push", `./${name}-packed`, home);
  return home;
}

async function contents(root: string): Promise<[string, string][]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const read = files.map(async ({ parentPath, name }): Promise<[string, string]> => {
    const file = join(parentPath, name);
    return [file.slice(root.length), (await readFile(file)).toString("base64")];
  });
  return (await Promise.all(read)).sort();
}
