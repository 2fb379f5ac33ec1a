import { chown, lutimes, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLayout } from "../../capsule/layout.ts";
import { openCapsule, readPart } from "../../capsule/open.ts";
import type { CapsuleDocument } from "../../cli/capsule/document.ts";
import { recordBytes } from "../../registry/index.ts";
import { git } from "../../sandbox/git/git-process.ts";
import { findTool, whyMissing } from "../../tools/find.mjs";
import { BIN } from "../cli/bin.ts";
import { startReferrersRegistry } from "../integration/registries.ts";
import { gitSettings, type RecordedWorld, startRecordedWorld } from "./recorded-world.ts";
import { readPackage } from "./sample.ts";

const SLOW = 240_000;
const RELEASE = "orbit-webapp@1.5.0";

const missing = ["registry", "referrers-registry"].flatMap((name) => whyMissing(name) ?? []);
const title = ["slipway capsule pack", ...missing].join(": ");

describe.skipIf(missing.length > 0)(title, { timeout: SLOW }, () => {
  let world: RecordedWorld;
  let first: CapsuleDocument;

  beforeAll(async () => {
    world = await startRecordedWorld();
  }, SLOW);
  afterAll(() => world?.close());

  it("writes package, release, provenance and SBOM of a recorded release", async () => {
    const output = join(world.root, "first");
    const { exitCode, document } = await world.slipway("capsule", "pack", RELEASE, ...to(output));
    expect({ exitCode, document }).toMatchObject({ exitCode: 0 });
    first = document as CapsuleDocument;
    const { commit, record } = world;
    expect(first).toMatchObject({
      ref: output,
      tag: `git-${commit}`,
      identity: {
        component: "orbit-webapp",
        version: "1.5.0",
        repository: "https://git.example.com/platform/platform.git",
        path: "services/orbit-webapp/deploy",
        commit,
        created: "2026-09-28T10:25:00Z",
      },
      image: {
        ref: `slipwaydev.azurecr.io/orbit-webapp:git-${commit}`,
        digest: record.artifact?.digest,
      },
      package: { kind: "kustomize", path: "package/app", files: 8 },
    });
    const source = await openLayout(output);
    const { manifest } = await openCapsule(source);
    const read = (name: "package" | "provenance" | "sbom") =>
      readPart(source, name, manifest.layers[name], 10_000_000);
    const files = await readPackage(await read("package"));
    const listed = await git([
      "-C",
      world.bare,
      "ls-tree",
      "-r",
      "--name-only",
      `${commit}:services/orbit-webapp/deploy`,
    ]);
    expect(files.map(({ path }) => path)).toEqual(
      listed
        .trim()
        .split("\n")
        .map((path) => `package/${path}`),
    );
    expect(JSON.parse(Buffer.from(await read("provenance")).toString())).toMatchObject({
      _type: "https://in-toto.io/Statement/v1",
      predicateType: "https://slsa.dev/provenance/v1",
    });
    const sbom = JSON.parse(Buffer.from(await read("sbom")).toString());
    expect(sbom).toMatchObject({ spdxVersion: expect.stringMatching(/^SPDX-2/) });
  });

  const node = findTool("other-node");
  const reason = whyMissing("other-node") ?? whyMissing("crane");

  it.skipIf(reason !== undefined)(
    `gives one digest in another clone, under another Node, that crane confirms in two registries${reason ?? ""}`,
    async () => {
      const output = join(world.root, "elsewhere", "second");
      await mkdir(join(world.root, "elsewhere"));
      const clone = await oddClone(world);
      const program = 'umask 077; exec "$0" "$@"';
      const args = [BIN, "capsule", "pack", RELEASE, ...to(output), "--json"];
      const { stdout } = await execa("sh", ["-c", program, node ?? "", ...args], {
        cwd: clone,
        env: {
          ...world.env,
          SLIPWAY_SOURCES: join(world.root, "other sources"),
          TZ: "Pacific/Kiritimati",
          LANG: "tr_TR.UTF-8",
          LC_ALL: "tr_TR.UTF-8",
          GIT_CONFIG_GLOBAL: await gitSettings(
            join(world.root, "other gitconfig"),
            "[core]\n\tautocrlf = true\n\tfileMode = false\n[tar]\n\tumask = 077\n",
          ),
        },
      });
      const { stdout: version } = await execa(node ?? "", ["--version"]);
      expect(version.split(".")[0]).not.toBe(process.version.split(".")[0]);
      expect(JSON.parse(stdout)).toEqual({ ...first, ref: output });

      const crane = findTool("crane") ?? "";
      const other = await startReferrersRegistry();
      try {
        for (const { endpoint } of [world.registry, other]) {
          const name = `${endpoint.replace("http://", "")}/capsules:${first.tag}`;
          await execa(crane, ["push", "--insecure", output, name]);
          const { stdout: digest } = await execa(crane, ["digest", "--insecure", name]);
          expect(digest).toBe(first.digest);
        }
      } finally {
        await other.close();
      }
    },
  );

  it("refuses a folder with something in it, and leaves it as it is", async () => {
    const output = join(world.root, "first");
    const before = await readdir(output);
    const { exitCode, document } = await world.slipway("capsule", "pack", RELEASE, ...to(output));
    expect({ exitCode, document }).toMatchObject({
      exitCode: 1,
      document: { error: { code: "output-exists" } },
    });
    expect(await readdir(output)).toEqual(before);
  });

  it.each<[string, string, string, (world: RecordedWorld) => Partial<RecordedWorld["record"]>]>([
    [
      "the record's capsule is another one",
      RELEASE,
      "digest-changed",
      ({ commit }) => ({
        capsule: {
          repository: "orbit-webapp-capsule",
          tag: `git-${commit}`,
          digest: `sha256:${"0".repeat(64)}`,
        },
      }),
    ],
    [
      "the record has no SBOM",
      RELEASE,
      "attestation",
      ({ record: { attestations = {} } }) => {
        const { sbom: _, ...others } = attestations;
        return { attestations: others };
      },
    ],
    [
      "the record's SBOM is its provenance",
      RELEASE,
      "attestation",
      ({ record: { attestations = {} } }) => ({
        attestations: { ...attestations, sbom: attestations.provenance ?? "" },
      }),
    ],
    ["the release is pending", "orbit-webapp@1.4.1", "record-pending", () => ({})],
    ["the release is history", "orbit-webapp@1.2.0", "record-not-deployable", () => ({})],
    ["nothing is recorded", "orbit-webapp@9.9.9", "version-unrecorded", () => ({})],
  ])("refuses when %s, and writes nothing", async (_what, release, code, edit) => {
    const { checkout, record } = world;
    checkout.write(record.file, recordBytes({ ...record, ...edit(world) }));
    const output = join(world.root, "refused");
    try {
      const ended = await world.slipway("capsule", "pack", release, ...to(output));
      expect(ended).toMatchObject({ exitCode: 1, document: { error: { code } } });
      expect(await readdir(world.root)).not.toContain("refused");
    } finally {
      checkout.write(record.file, recordBytes(record));
    }
  });
});

function to(output: string): string[] {
  return ["--output", output];
}

/** A clone whose files have other times, line ends and, where the system lets us, owners. */
async function oddClone({ checkout, root }: RecordedWorld): Promise<string> {
  await checkout.commit("Start");
  const clone = join(root, "another place", "clone");
  await git(["clone", "--quiet", "--config", "core.autocrlf=true", checkout.root, clone]);
  const entries = await readdir(clone, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const file = join(entry.parentPath, entry.name);
    await lutimes(file, 1, 1);
    if (process.getuid?.() === 0) await chown(file, 1234, 1234);
  }
  await rm(join(clone, ".git"), { recursive: true });
  return clone;
}
