import { MANIFEST } from "../../builds/media-types.ts";
import { packPackage } from "../../capsule/archive.ts";
import { buildCapsule, type Capsule } from "../../capsule/contract.ts";
import { openRemote } from "../../capsule/registry/index.ts";
import { REGISTRY } from "./registries.ts";

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const CREATED = "2026-07-01T10:00:00Z";

/** What a capsule of these tests is about. */
export interface About {
  /** `<name>.azurecr.io/<repository>` of the image. */
  image: string;
  digest?: string;
  version?: string;
  /** Of the package's layer; a packed kustomization unless given. */
  content?: Uint8Array;
}

export async function capsuleOf(about: About): Promise<Capsule> {
  const { image, digest = `sha256:${"d".repeat(64)}`, version = "1.5.0" } = about;
  const kustomization = "configMapGenerator:\n- name: web\n  literals: [answer=42]\n";
  const files = [
    {
      path: "package/kustomization.yaml",
      executable: false,
      content: Buffer.from(kustomization),
    },
  ];
  const packed = await packPackage(files, Date.parse(CREATED) / 1000);
  const { content = packed.content } = about;
  return buildCapsule({
    identity: {
      component: "orbit-webapp",
      version,
      repository: "https://git.example.com/platform/platform.git",
      path: "services/orbit-webapp/deploy",
      commit: COMMIT,
      created: CREATED,
    },
    image: { ref: `${image}:git-${COMMIT}`, digest },
    package: {
      kind: "kustomize",
      path: "package",
      packed: { ...packed, content },
      files: files.length,
    },
    provenance: Buffer.from('{"_type":"https://in-toto.io/Statement/v1"}\n'),
    sbom: Buffer.from('{"spdxVersion":"SPDX-2.3"}\n'),
  });
}

/** Pushes an image that is none to run; returns its digest. */
export async function pushImage(
  repository: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const remote = openRemote({ registry: REGISTRY, repository }, { env });
  const content = Buffer.from("{}");
  const empty = {
    mediaType: "application/vnd.oci.empty.v1+json",
    digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    size: 2,
  };
  await remote.pushBlob({ digest: empty.digest, content });
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    artifactType: "application/vnd.example.image",
    config: empty,
    layers: [empty],
    annotations: { "com.example.repository": repository },
  };
  const { digest } = await remote.pushManifest(Buffer.from(JSON.stringify(manifest)), {
    tag: `git-${COMMIT}`,
  });
  return digest;
}

/** `127.0.0.1:<port>` */
export function hostOf({ endpoint }: { endpoint: string }): string {
  return new URL(endpoint).host;
}
