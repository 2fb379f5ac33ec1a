import { expect, it } from "vitest";
import { PART_MAX_BYTES } from "../../capsule/limits.ts";
import { hasPackage, type PackageRequest, packageOf, packCapsule } from "../../capsule/pack.ts";
import { readManifest, readRelease } from "../../capsule/read.ts";
import type { SourceRepository } from "../../registry/index.ts";
import { type CommitOptions, startRemote } from "../source/remote.ts";
import { readPackage } from "./sample.ts";

const KUSTOMIZATION = "resources: [web.yaml]\n";
const GOOD = {
  "app/deploy/kustomization.yaml": KUSTOMIZATION,
  "app/deploy/web.yaml": "kind: ConfigMap\r\n",
  "app/other": "not packed",
};

it("packs a folder in the bytes that the commit has", async () => {
  const { request, commit } = await world({ files: GOOD, at: "2026-07-01T12:00:00+02:00" });
  const { packed, ...facts } = await packageOf(request());
  expect(facts).toEqual({
    files: 2,
    folder: "app/deploy",
    path: "package",
    created: "2026-07-01T10:00:00Z",
  });
  expect(await readPackage(packed.content)).toEqual([
    {
      path: "package/kustomization.yaml",
      executable: false,
      content: Buffer.from(KUSTOMIZATION),
    },
    { path: "package/web.yaml", executable: false, content: Buffer.from("kind: ConfigMap\r\n") },
  ]);
  const capsule = await packCapsule({
    ...request(),
    image: {
      registry: "slipwaydev.azurecr.io",
      repository: "app",
      digest: `sha256:${"d".repeat(64)}`,
    },
    attested: { provenance: Buffer.from("{}"), sbom: Buffer.from("{}") },
  });
  const { digest, manifest: content } = capsule;
  expect(readManifest({ digest, content }).value).toMatchObject({
    commit,
    created: "2026-07-01T10:00:00Z",
  });
  expect(readRelease(capsule.layers[1]?.content ?? new Uint8Array()).value).toMatchObject({
    image: { ref: `slipwaydev.azurecr.io/app:git-${commit}` },
    source: { path: "app/deploy" },
  });
});

it("packs no proof that whoever verifies would refuse for its size", async () => {
  const { request } = await world({ files: GOOD });
  const digest = `sha256:${"d".repeat(64)}`;
  const packing = packCapsule({
    ...request(),
    image: { registry: "slipwaydev.azurecr.io", repository: "app", digest },
    attested: {
      provenance: Buffer.alloc(PART_MAX_BYTES.provenance + 1),
      sbom: Buffer.alloc(PART_MAX_BYTES.sbom + 1),
    },
  });
  await expect(packing).rejects.toMatchObject({
    problems: [/found a provenance of 4194305 bytes/, /found an SBOM of 100000001 bytes/].map(
      (message) => ({ code: "attestation", message: expect.stringMatching(message) }),
    ),
  });
});

it("renders a folder of the package where the catalogue names one", async () => {
  const files = { "app/deploy/base/Kustomization": "", "app/deploy/README.md": "" };
  const { request } = await world({ files });
  expect((await packageOf(request("base"))).path).toBe("package/base");
  await refused(request("."), "artifact-rule", /app\/deploy of .* has no kustomization.yaml at \./);
  await refused(request("bas"), "artifact-rule", /has no kustomization.yaml at bas/);
});

it.each<[string, CommitOptions, RegExp]>([
  [
    "a link",
    { files: GOOD, links: { "app/deploy/more.yaml": "web.yaml" } },
    /found the link app\/deploy\/more.yaml/,
  ],
  [
    "two names that are one to some file systems",
    { files: { ...GOOD, "app/deploy/Web.yaml": "" } },
    /holds "package\/Web.yaml" and "package\/web.yaml"/,
  ],
])("refuses a package with %s", async (_what, options, says) => {
  const { request } = await world(options);
  await refused(request(), "artifact-rule", says);
});

it("knows a commit from before the package", async () => {
  const { request } = await world({ files: { "app/deployer": "", "app/main": "" } });
  expect(await hasPackage(request())).toBe(false);
  await refused(request(), "source-path", /found nothing at app\/deploy/);
  expect(await hasPackage((await world({ files: GOOD })).request())).toBe(true);
});

it.each([
  [".", "app/kustomization.yaml", true],
  [".", "app/deploy/kustomization.yaml", false],
  ["deploy", "app/deploy/Kustomization", true],
  ["deploy", "app/kustomization.yaml", false],
])(
  "knows by a kustomization at %s whether a commit has the package '.': %s",
  async (path, file, has) => {
    const { request } = await world({ files: { [file]: KUSTOMIZATION } });
    expect(await hasPackage(request(path, "."))).toBe(has);
  },
);

it("says that the commit is gone", async () => {
  const { request } = await world({ files: GOOD });
  const wanted = request();
  wanted.release.source.commit = "0".repeat(40);
  await refused(wanted, "commit-unreachable", /app@1.0.0: found no commit 0{40} in https:/);
  await expect(hasPackage(wanted)).rejects.toMatchObject({ code: "commit-unreachable" });
});

it("takes a link in the folder's place for a package that is wrong", async () => {
  const { request } = await world({ files: GOOD, links: { "app/linked": "deploy" } });
  const linked = request(".", "linked");
  expect(await hasPackage(linked)).toBe(true);
  await refused(linked, "source-path", /found a link at app\/linked/);
});

async function refused(request: PackageRequest, code: string, message: RegExp): Promise<void> {
  await expect(packageOf(request)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
}

/** A repository of one commit, and the package of it that is asked for. */
async function world(options: CommitOptions) {
  const remote = await startRemote();
  const commit = await remote.commit("feat: start", options);
  const source = await remote.open();
  const repository: SourceRepository = remote.repository;
  const request = (path = ".", folder = "deploy"): PackageRequest => ({
    component: {
      name: "app",
      path: "app",
      repository,
      package: { kind: "kustomize", folder, path },
    },
    release: { version: "1.0.0", source: { path: "app", commit } },
    source,
  });
  return { request, commit };
}
