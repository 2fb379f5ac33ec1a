/** The capsule benchmark: `pack` or `push` the capsule of a commit, or `verify` what was pushed. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Capsule } from "../../capsule/contract.ts";
import { commitTag } from "../../registry/tags.ts";

const [, mode, commit = "", digest = ""] = process.argv.slice(2);
const registry = "slipwaydev.azurecr.io";
const repository = {
  key: "source",
  url: "https://git.example.com/team/source.git",
  aliases: [],
  releaseBranch: "main",
};
const [, hex = ""] = digest.split(":");
const provenance = {
  _type: "https://in-toto.io/Statement/v1",
  subject: [{ name: "app", digest: { sha256: hex } }],
  predicateType: "https://slsa.dev/provenance/v1",
  predicate: {
    buildDefinition: {
      resolvedDependencies: [{ uri: `git+${repository.url}`, digest: { gitCommit: commit } }],
    },
  },
};
const sbom = {
  spdxVersion: "SPDX-2.3",
  SPDXID: "SPDXRef-DOCUMENT",
  packages: [
    {
      SPDXID: "SPDXRef-app",
      name: "app",
      versionInfo: digest,
      checksums: [{ algorithm: "SHA256", checksumValue: hex }],
    },
  ],
  relationships: [
    {
      spdxElementId: "SPDXRef-DOCUMENT",
      relationshipType: "DESCRIBES",
      relatedSpdxElement: "SPDXRef-app",
    },
  ],
};

export async function main(): Promise<void> {
  if (mode === "verify") {
    const { openRemote, registrySource } = await import("../../capsule/registry/index.ts");
    const { verifyCapsule } = await import("../../capsule/verify/index.ts");
    const home = { registry, repository: "app-capsule" };
    const source = await registrySource({ ...home, tag: commitTag(commit) });
    const { ok, checks } = await verifyCapsule(source, {
      openImages: async (registry, repository) => openRemote({ registry, repository }),
      signers: async () => "unsigned",
      policy: "the benchmark",
    });
    if (!ok) throw new Error(JSON.stringify(checks, null, 2));
  } else if (mode === "push") {
    const { pushCapsule, sourceOf } = await import("../../capsule/registry/index.ts");
    await pushCapsule({ source: sourceOf(await pack(), "the capsule") });
  } else {
    const { writeLayout } = await import("../../capsule/layout.ts");
    const folder = await mkdtemp(join(tmpdir(), "slipway-bench-"));
    await writeLayout(join(folder, "capsule"), await pack(), commitTag(commit));
    await rm(folder, { recursive: true });
  }
}

async function pack(): Promise<Capsule> {
  const { packCapsule } = await import("../../capsule/pack.ts");
  const { openSource } = await import("../../source/index.ts");
  return packCapsule({
    component: {
      name: "app",
      path: "app",
      repository,
      package: { kind: "kustomize", folder: "deploy", path: "." },
    },
    release: { version: "1.0.0", source: { path: "app", commit } },
    source: await openSource(repository, { token: process.env.SOURCE_TOKEN }),
    image: { registry, repository: "app", digest },
    attested: {
      provenance: Buffer.from(JSON.stringify(provenance)),
      sbom: Buffer.from(JSON.stringify(sbom)),
    },
  });
}
