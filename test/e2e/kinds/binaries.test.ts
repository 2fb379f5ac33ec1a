import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { whyMissing } from "../../../tools/find.mjs";
import { cosignVerify, type KeyPair, makeKeys } from "../../integration/attest-world.ts";
import { tool } from "../../integration/sandbox-parts.ts";
import { type KindsWorld, startKindsWorld } from "./world.ts";

const WRITES = /^(PUT|POST|PATCH|DELETE) /;
const SIGNATURE = "application/vnd.slipway.checksums.signature.v1";
const PULL = `import sys
import oras.client
client = oras.client.OrasClient(hostname=sys.argv[1].split("/")[0], insecure=True)
client.pull(target=sys.argv[1], outdir=sys.argv[2])
`;
const FILES = ["checksums.txt", "completions", "maxqctl", "maxqctl.1"];
const NO_ORAS = whyMissing("oras");
const NO_COPIES = whyMissing("skopeo") ?? whyMissing("crane");

let world: KindsWorld;
let keys: KeyPair;

beforeAll(async () => {
  keys = await makeKeys();
  world = await startKindsWorld(keys.env);
});

afterAll(() => Promise.all([world.close(), keys.remove()]));

describe("slipway release of binaries", () => {
  it("builds two releases from their commits, signs and records them", async () => {
    for (const [version, commit] of [
      ["0.1.0", world.commits[3] ?? ""],
      ["0.2.0", world.commits[6] ?? ""],
    ] as const) {
      const released = await world.release(`maxqctl@${version}`, "--commit", commit);
      expect(released).toMatchObject({ version, commit, built: true });
      const record = world.record("maxqctl", version);
      expect(record).toMatchObject({
        status: "recorded",
        target: "binaries",
        source: { tag: `maxqctl/v${version}`, commit },
        artifact: { repository: "maxqctl", tag: version, digest: released.digest },
        attestations: { signature: expect.stringMatching(/^sha256:/) },
      });
      expect((await world.tags())[`maxqctl/v${version}`]).toBe(commit);
      const reference = world.reference(`maxqctl@${released.digest}`);
      const key = keys.env.SLIPWAY_VERIFICATION_KEY;
      expect(await cosignVerify("verify", reference, key)).toMatchObject({ ok: true });
    }
  });

  it.skipIf(NO_COPIES)(
    `is found by crane, and copied whole by skopeo${told(NO_COPIES)}`,
    async () => {
      const digest = world.record("maxqctl", "0.2.0")?.artifact?.digest ?? "";
      const reference = world.reference("maxqctl:0.2.0");
      const { stdout } = await execa(tool("crane"), ["digest", "--insecure", reference]);
      expect(stdout).toBe(digest);
      const folder = await temporary("skopeo");
      const from = ["--src-tls-verify=false", `docker://${reference}`];
      await execa(tool("skopeo"), ["copy", "--quiet", ...from, `oci:${folder}:0.2.0`]);
      const index = JSON.parse(await readFile(join(folder, "index.json"), "utf8"));
      expect(index.manifests).toMatchObject([{ digest }]);
    },
  );

  it.skipIf(NO_ORAS)(
    `is pulled by oras, and found whole by sha256sum and cosign${told(NO_ORAS)}`,
    async () => {
      for (const [version, commit, hash] of [
        ["0.1.0", world.commits[3], ""],
        ["0.2.0", world.commits[6], "822b33ad87c1"],
      ] as const) {
        const folder = await pulled(world.reference(`maxqctl:${version}`));
        expect((await readdir(folder)).sort()).toEqual(FILES);
        const sums = await execa("sha256sum", ["--check", "--strict", "checksums.txt"], {
          cwd: folder,
        });
        expect(sums.stdout.split("\n").sort()).toEqual([
          "completions/maxqctl.bash: OK",
          "maxqctl.1: OK",
          "maxqctl: OK",
        ]);
        const run = (...args: string[]) =>
          execa(process.execPath, [join(folder, "maxqctl"), ...args]);
        expect((await run("version")).stdout).toBe(`maxqctl ${version} (${commit})`);
        if (hash !== "") expect((await run("hash", "acme")).stdout).toBe(hash);
        await pulled(world.reference(`maxqctl@${await signatureOf(version)}`), folder);
        const bundle = join(folder, "checksums.txt.sigstore.json");
        const verify = (file: string) =>
          execa(
            tool("cosign"),
            [
              "verify-blob",
              `--key=${keys.env.SLIPWAY_VERIFICATION_KEY}`,
              `--bundle=${bundle}`,
              "--insecure-ignore-tlog=true",
              join(folder, file),
            ],
            { reject: false },
          );
        expect(await verify("checksums.txt")).toMatchObject({ failed: false });
        expect(await verify("maxqctl")).toMatchObject({ failed: true });
      }
    },
  );

  it("changes nothing when the release is there, and finds it again when its record is lost", async () => {
    const before = world.checkout.tree();
    for (const lost of [false, true]) {
      if (lost) world.checkout.remove("releases/maxqctl/v0.1.0/release.yaml");
      const from = world.registry.requests.length;
      expect(await world.release("maxqctl@0.1.0")).toMatchObject({ built: false });
      expect(world.checkout.tree()).toEqual(before);
      expect(world.registry.requests.slice(from).filter((line) => WRITES.test(line))).toEqual([]);
    }
  });

  it("has one tag, digest, signature and record, wherever it was killed", async () => {
    const release = ["maxqctl@0.3.0-rc.1", "--commit", world.commits[5] ?? ""];
    const digests = new Set<string>();
    const tagged = /^PUT .*\/manifests\/(?!sha256(?::|%3A))/;
    expect(await world.killedAt("before", tagged, ...release)).toBe(true);
    expect(await digestOf("0.3.0-rc.1")).toBeUndefined();
    // A referrer that is there and not listed is made again.
    const referrer = /^PUT .*\/manifests\/sha256(?::|%3A)/;
    expect(await world.killedAt("after", referrer, ...release)).toBe(true);
    digests.add((await digestOf("0.3.0-rc.1")) ?? "");
    let kills = 0;
    while (await world.killedAt("after", tagged, ...release)) {
      kills += 1;
      digests.add((await digestOf("0.3.0-rc.1")) ?? "");
      expect(world.record("maxqctl", "0.3.0-rc.1")).toBeUndefined();
    }
    // The lists of referrers: with the checksums' signature, then with the artifact's.
    expect(kills).toBe(2);
    const record = world.record("maxqctl", "0.3.0-rc.1");
    expect([...digests]).toEqual([record?.artifact?.digest]);
    expect(await world.tags()).toHaveProperty(["maxqctl/v0.3.0-rc.1"], world.commits[5]);
    expect(await signatureOf("0.3.0-rc.1")).toMatch(/^sha256:/);
    const reference = world.reference(`maxqctl@${record?.artifact?.digest}`);
    const key = keys.env.SLIPWAY_VERIFICATION_KEY;
    expect(await cosignVerify("verify", reference, key)).toMatchObject({ ok: true });
  });

  it("leaves a tag and no record when the build fails, and says so with its last lines", async () => {
    const commit = await commitBuild('console.log("one");\nthrow new Error("no compiler");\n');
    const before = world.checkout.tree();
    const problems = await world.problems("maxqctl@0.3.0", "--commit", commit);
    expect(problems.map(({ code }) => code)).toEqual(["build-failed"]);
    expect(problems[0]?.message).toMatch(/^maxqctl@0\.3\.0: the build command node ended with 1 /);
    expect(problems[0]?.message).toMatch(/its last lines: .*Error: no compiler.*has no record/);
    expect(world.checkout.tree()).toEqual(before);
    expect(await world.tags()).toHaveProperty(["maxqctl/v0.3.0"], commit);
  });

  it("refuses what a build has put there from elsewhere, and pushes nothing of it", async () => {
    const commit = await commitBuild(
      'import { mkdirSync, symlinkSync } from "node:fs";\nmkdirSync("dist");\nsymlinkSync("/etc/hostname", "dist/hostname");\n',
    );
    const from = world.registry.requests.length;
    const problems = await world.problems("maxqctl@0.4.0", "--commit", commit);
    expect(problems).toMatchObject([
      {
        code: "artifact-rule",
        message: expect.stringMatching(/found "hostname", which is a link/),
      },
    ]);
    expect(world.registry.requests.slice(from).filter((line) => WRITES.test(line))).toEqual([]);
  });
});

/** A commit on the main branch with another build. */
async function commitBuild(script: string): Promise<string> {
  const work = await temporary("clone");
  const bare = join(world.gitRoot, "git.example.com/platform/toolkit.git");
  await execa("git", ["clone", "--quiet", bare, work]);
  await writeFile(join(work, "tools/maxqctl/build.mjs"), script);
  const who = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
  await execa("git", [...who, "commit", "--quiet", "-am", "fix(maxqctl): build"], { cwd: work });
  await execa("git", ["push", "--quiet", "origin", "main"], { cwd: work });
  return world.git("rev-parse", "main");
}

/** @returns the folder that it was pulled into */
async function pulled(reference: string, into?: string): Promise<string> {
  const folder = into ?? (await temporary("oras"));
  await execa(tool("oras"), ["-c", PULL, reference, folder]);
  return folder;
}

async function digestOf(tag: string): Promise<string | undefined> {
  return (await world.manifest("maxqctl", tag))?.digest;
}

/** Digest of the referrer with the signature of the checksums, by the registry's fallback tag. */
async function signatureOf(version: string): Promise<string> {
  const digest = world.record("maxqctl", version)?.artifact?.digest ?? "";
  const index = await world.manifest("maxqctl", digest.replace(":", "-"));
  const manifests = index?.content.manifests ?? [];
  const found = manifests.filter(({ artifactType }) => artifactType === SIGNATURE);
  expect(found).toHaveLength(1);
  return found[0]?.digest ?? "";
}

/** An empty folder, gone when the test ends. */
async function temporary(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `slipway-${name}-`));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function told(missing: string | undefined): string {
  return missing === undefined ? "" : `: ${missing}`;
}
