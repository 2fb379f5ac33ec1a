import type { OpenCapsule } from "../../capsule/open.ts";

/** What is told of a capsule with `--json`. */
export interface CapsuleDocument {
  /** `<registry>/<repository>@sha256:<hex>`, or the folder that it is in. */
  ref: string;
  /** Undefined where it was named by digest. */
  tag?: string;
  /** `sha256:<hex>` */
  digest: string;
  /** Of image and capsule alike; as release.yaml says. */
  identity: {
    component: string;
    version: string;
    repository: string;
    path: string;
    commit: string;
    created: string;
  };
  image: { ref: string; digest: string };
  /** `size` is of the tar, in bytes. */
  package: { kind: string; path: string; files: number; size: number };
  layers: readonly { name: string; media_type: string; digest: string; size: number }[];
}

export function documentOf(capsule: OpenCapsule): CapsuleDocument {
  const { source, digest, manifest, config, release } = capsule;
  const { component, version, image } = release;
  return {
    ref: source.name,
    ...(source.tag !== undefined && { tag: source.tag }),
    digest,
    identity: { component, version, ...release.source, created: manifest.created },
    image: { ref: image.ref, digest: image.digest },
    package: {
      kind: release.package.kind,
      path: release.package.path,
      files: config.files,
      size: config.size,
    },
    layers: Object.entries(manifest.layers).map(([name, layer]) => ({
      name,
      media_type: layer.mediaType,
      digest: layer.digest,
      size: layer.size,
    })),
  };
}

export function printCapsule(document: CapsuleDocument): string {
  const { ref, tag, digest, identity, image, layers } = document;
  const { component, version, repository, path, commit, created } = identity;
  const { kind, path: rendered, files, size } = document.package;
  const rows = [
    ["capsule", tag === undefined ? ref : `${ref} (${tag})`],
    ["digest", digest],
    ["release", `${component}@${version}`],
    ["source", `${repository}, ${path}`],
    ["commit", `${commit}, ${created}`],
    ["image", `${image.ref}@${image.digest}`],
    ["package", `${kind} at ${rendered}: ${files} files, ${size} bytes unpacked`],
    ...layers.map((layer) => [layer.name, `${layer.digest}, ${layer.size} bytes`]),
  ];
  return rows.map(([name = "", text]) => `${name.padEnd(LABEL)} ${text}`).join("\n");
}

const LABEL = 10;
