import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attestedPayloads } from "../../attest/index.ts";
import { packCapsule } from "../../capsule/pack.ts";
import { pushCapsule, sourceOf } from "../../capsule/registry/index.ts";
import type { RenderDocument } from "../../cli/capsule/render.ts";
import { signCapsule } from "../../releasing/sign-capsule.ts";
import { built, OVERLAY, PACKAGE, type Tree, writeTree } from "../capsule/render/trees.ts";
import { BIN } from "../cli/bin.ts";
import { startRemote } from "../source/remote.ts";
import { attested, component, type KeyPair, makeKeys, release } from "./attest-world.ts";
import { REGISTRY, startPlainRegistry, type TestRegistry } from "./registries.ts";

const HOME = `${REGISTRY}/${component.image}-capsule`;

let registry: TestRegistry;
let keys: KeyPair;
let world: string;

beforeAll(async () => {
  [registry, keys] = await Promise.all([startPlainRegistry(), makeKeys()]);
  world = await mkdtemp(join(tmpdir(), "slipway-capsule-render-"));
});

afterAll(async () => {
  await Promise.all([registry.close(), keys.remove(), rm(world, { recursive: true })]);
});

describe("slipway capsule render", () => {
  it("equals kustomize in the checkout byte for byte, with the registry alone in reach", async () => {
    const checkout = join(world, "checkout");
    await writeTree(checkout, { ...PACKAGE, ...OVERLAY });
    const plain = await built(join(checkout, "package/base"));
    const shaped = await built(join(checkout, "overlay"));
    expect(shaped).not.toBe(plain);
    const { ref, digest } = await released("1.0.0", PACKAGE);
    // What an environment has of its own stays; the package is to be had from the registry only.
    await rm(join(checkout, "package"), { recursive: true });
    const before = registry.requests.length;

    const bare = await run(ref, "--release", `${component.name}@1.0.0`);
    expect(bare).toMatchObject({ exitCode: 0, stdout: plain });
    const overlaid = await run(ref, "--overlay", join(checkout, "overlay"));
    expect(overlaid).toMatchObject({ exitCode: 0, stdout: shaped });
    expect(registry.requests.length).toBeGreaterThan(before);

    const file = join(world, "rendered.yaml");
    await writeFile(file, "before");
    const args = ["--overlay", join(checkout, "overlay"), "--output", file];
    const { stdout } = await run(ref, ...args, "--json");
    const document: RenderDocument = JSON.parse(stdout);
    expect(document).toMatchObject({ digest, verified: true, output: file });
    expect(document.yaml).toBeUndefined();
    expect(await readFile(file, "utf8")).toBe(shaped);
  });

  it("asks the first of two capsules alone to be a release, and both to be verified", async () => {
    const base = "package/base/web.yaml";
    const scaled = PACKAGE[base]?.replace("replicas: 1", "replicas: 2") ?? "";
    const [one, other, unsigned] = [
      await released("2.0.0", PACKAGE),
      await released("2.1.0", { ...PACKAGE, [base]: scaled }),
      await released("2.2.0", PACKAGE, { isSigned: false }),
    ];
    const is = (version: string) => ["--release", `${component.name}@${version}`];
    const { exitCode, stdout } = await run(one.ref, ...is("2.0.0"), "--diff", other.ref, "--json");
    const document: RenderDocument = JSON.parse(stdout);
    expect(exitCode).toBe(0);
    expect(document).toMatchObject({ digest: one.digest, identity: { version: "2.0.0" } });
    const { verified, diff } = document;
    expect(verified).toBe(true);
    expect(diff?.other).toMatchObject({ digest: other.digest, identity: { version: "2.1.0" } });
    expect(diff?.objects).toMatchObject([{ object: "apps/v1/Deployment/web", change: "changed" }]);
    expect(diff?.objects[0]?.patch).toContain("-  replicas: 1\n+  replicas: 2\n");

    for (const [args, message] of [
      [[one.ref, ...is("2.1.0"), "--diff", other.ref], / {2}identity +refused .*2\.1\.0/],
      [[one.ref, "--release", "another@2.0.0", "--diff", other.ref], / {2}identity +refused /],
      [[one.ref, ...is("2.0.0"), "--diff", unsigned.ref], / {2}signature +refused /],
    ] as const) {
      const refused = await run(...args);
      expect({ exitCode: refused.exitCode, stdout: refused.stdout }).toEqual({
        exitCode: 3,
        stdout: "",
      });
      expect(refused.stderr).toMatch(message);
    }
  });

  it("prints nothing and writes nothing of a capsule that is refused, and exits 3", async () => {
    const { ref } = await released("1.1.0", PACKAGE, { isSigned: false });
    const output = join(world, "refused.yaml");
    const { exitCode, stdout, stderr } = await run(ref, "--output", output);
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: "" });
    expect(stderr).toMatch(/signature +refused .*\n.*\n.* is refused: signature/);
    const other = await run(ref, "--output", output, "--json");
    expect(JSON.parse(other.stdout)).toMatchObject({ ok: false, checks: expect.any(Array) });
    expect(await readdir(world)).not.toContain("refused.yaml");
  });
});

/** Commits, builds, attests, packs, pushes and signs a release; then its repository is gone. */
async function released(version: string, tree: Tree, { isSigned = true } = {}) {
  const remote = await startRemote();
  const files = Object.fromEntries(
    Object.entries(tree).map(([path, text]) => [`${component.path}/${path}`, text]),
  );
  const commit = await remote.commit(`feat: ${version}`, { files });
  const made = await release(registry, keys.env, version, commit);
  const { env } = made.request;
  const image = { registry: REGISTRY, repository: component.image ?? "" };
  const { attestations = {} } = await attested(made);
  const subject = { digest: made.artifact.digest, commit };
  const named = `${component.name}@${version}`;
  const capsule = await packCapsule({
    component: { ...component, package: { kind: "kustomize", folder: "package", path: "base" } },
    release: { version, source: { path: component.path, commit } },
    source: await remote.open(),
    image: { ...image, digest: subject.digest },
    attested: await attestedPayloads({ release: named, image, subject, attestations, env }),
  });
  const { repository } = await pushCapsule({ source: sourceOf(capsule, "memory"), env });
  const { digest } = capsule;
  if (isSigned) await signCapsule({ registry: REGISTRY, repository, digest, commit, env });
  await rm(remote.root, { recursive: true, force: true });
  return { ref: `${HOME}:git-${commit}`, digest };
}

async function run(...args: readonly string[]) {
  const { SLIPWAY_VERIFICATION_KEY } = keys.env;
  return execa(process.execPath, [BIN, "capsule", "render", ...args], {
    // Where there is no checkout.
    cwd: world,
    env: { ...registry.env, SLIPWAY_VERIFICATION_KEY },
    reject: false,
    stripFinalNewline: false,
  });
}
