/** The schemas of capsules and of who signs them, as keywords-table.ts has the others. */
import { COMMIT, DIGEST, LONG, type SchemaTable, URL } from "./keywords-values.ts";

const size = (layer: string) =>
  [
    [`${layer}/size`, 0],
    [`${layer}/size`, 1.5],
  ] as const;
const layer = (mediaType: string, title: string) => ({
  mediaType,
  digest: DIGEST,
  size: 1000,
  annotations: { "org.opencontainers.image.title": title },
});
export const capsuleManifest: SchemaTable = {
  document: {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    artifactType: "application/vnd.slipway.capsule.v1",
    config: {
      mediaType: "application/vnd.slipway.capsule.config.v1+json",
      digest: DIGEST,
      size: 100,
    },
    layers: [
      layer("application/vnd.cncf.flux.content.v1.tar+gzip", "package.tar.gz"),
      layer("application/vnd.slipway.capsule.release.v1+yaml", "release.yaml"),
      layer("application/vnd.in-toto+json", "metadata/provenance.intoto.jsonl"),
      layer("application/spdx+json", "metadata/sbom.spdx.json"),
    ],
    annotations: {
      "org.opencontainers.image.created": "2026-07-01T00:00:00Z",
      "org.opencontainers.image.revision": COMMIT,
      "org.opencontainers.image.source": URL,
      "org.opencontainers.image.title": "web",
      "org.opencontainers.image.version": "1.0.0",
    },
  },
  maps: "/ config layers/0 layers/0/annotations annotations",
  lists: "layers",
  texts: `config/digest layers/0/digest annotations/org.opencontainers.image.created
    annotations/org.opencontainers.image.revision annotations/org.opencontainers.image.source
    annotations/org.opencontainers.image.title annotations/org.opencontainers.image.version`,
  closed: "/ config layers/0 layers/0/annotations annotations",
  required: `schemaVersion mediaType artifactType config layers annotations config/mediaType
    config/digest config/size layers/0/mediaType layers/0/digest layers/0/size
    layers/0/annotations layers/0/annotations/org.opencontainers.image.title
    annotations/org.opencontainers.image.created annotations/org.opencontainers.image.revision
    annotations/org.opencontainers.image.source annotations/org.opencontainers.image.title
    annotations/org.opencontainers.image.version`,
  refused: [
    ["schemaVersion", 1],
    ["mediaType", "application/json"],
    ["artifactType", "application/json"],
    ["config/mediaType", "application/json"],
    ["config/size", 0],
    ["config/size", 1.5],
    ...size("layers/0"),
    ...[0, 1, 2, 3].flatMap((index) => [
      [`layers/${index}/mediaType`, "application/json"] as const,
      [`layers/${index}/annotations/org.opencontainers.image.title`, "other"] as const,
    ]),
    ["layers", [layer("application/vnd.cncf.flux.content.v1.tar+gzip", "package.tar.gz")]],
    ["layers/4", layer("application/spdx+json", "metadata/sbom.spdx.json")],
    ["annotations/org.opencontainers.image.created", "2026-07-01"],
  ],
};

export const capsuleConfig: SchemaTable = {
  document: { schema_version: 1, package: { diff_id: DIGEST, size: 1000, files: 3 } },
  maps: "/ package",
  texts: "package/diff_id",
  closed: "/ package",
  required: "schema_version package package/diff_id package/size package/files",
  refused: [...size("package"), ["package/files", 0], ["package/files", 1.5]],
};

export const capsuleRelease: SchemaTable = {
  document: {
    schema_version: 1,
    component: "web",
    version: "1.0.0",
    source: { repository: URL, path: "deploy", commit: COMMIT },
    image: { ref: `shared.azurecr.io/web:git-${COMMIT}`, digest: DIGEST },
    package: { kind: "kustomize", path: "package/base" },
  },
  maps: "/ source image package",
  texts: `component version source/repository source/path source/commit image/ref image/digest
    package/path`,
  closed: "/ source image package",
  required: `schema_version component version source image package source/repository source/path
    source/commit image/ref image/digest package/kind package/path`,
  refused: [
    ["image/ref", `localhost:5000/web:git-${COMMIT}`],
    ["image/ref", `shared.azurecr.io/${LONG(239)}:git-${COMMIT}`],
    ["package/kind", "helm"],
    ["package/path", "package/../x"],
    ["package/path", `package/${LONG(200)}`],
  ],
};

const PEM = (label: string) => `-----BEGIN ${label}-----\nMFkw\n-----END ${label}-----\n`;
export const signers: SchemaTable = {
  document: {
    schema_version: 1,
    keys: { releases: PEM("PUBLIC KEY") },
    signers: { web: ["releases"] },
    unsigned: ["agent"],
  },
  maps: "/ keys signers",
  lists: "signers/web unsigned",
  texts: "keys/releases signers/web/0 unsigned/0",
  closed: "/",
  required: "schema_version keys signers",
  refused: [
    ["keys/releases", PEM("PRIVATE KEY")],
    ["keys/releases", `${PEM("PUBLIC KEY")}${PEM("PRIVATE KEY")}`],
    ["keys/releases", `-----BEGIN PUBLIC KEY-----\n${LONG(4096)}\n-----END PUBLIC KEY-----\n`],
    ["signers/web", []],
    ["signers/web", ["releases", "releases"]],
    ["unsigned", ["agent", "agent"]],
  ],
  keys: [
    ["keys", "Releases"],
    ["signers", "Web"],
  ],
};
