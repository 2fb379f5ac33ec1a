import { openPackage, type PackageFile, packPackage } from "../../capsule/archive.ts";
import { buildCapsule, type Capsule } from "../../capsule/contract.ts";

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const CREATED = "2026-07-01T10:00:00Z";
const FILES: readonly PackageFile[] = [
  {
    path: "package/kustomization.yaml",
    executable: false,
    content: Buffer.from("resources: [web.yaml]\n"),
  },
  { path: "package/web.yaml", executable: false, content: Buffer.from("kind: ConfigMap\n") },
];

/** The files alone of an opened package. */
export async function readPackage(
  ...given: Parameters<typeof openPackage>
): Promise<PackageFile[]> {
  return (await openPackage(...given)).files;
}

/** A capsule that nothing was built for. */
export async function sampleCapsule(
  files = FILES,
  path = "package",
  time = CREATED,
  component = "orbit-webapp",
): Promise<Capsule> {
  return buildCapsule({
    identity: {
      component,
      version: "1.5.0",
      repository: "https://git.example.com/platform/platform.git",
      path: "services/orbit-webapp/deploy",
      commit: COMMIT,
      created: CREATED,
    },
    image: {
      ref: `slipwaydev.azurecr.io/orbit-webapp:git-${COMMIT}`,
      digest: `sha256:${"d".repeat(64)}`,
    },
    package: {
      kind: "kustomize",
      path,
      packed: await packPackage(files, Date.parse(time) / 1000),
      files: files.length,
    },
    provenance: Buffer.from("{}"),
    sbom: Buffer.from("[]"),
  });
}
