import { canonicalYaml } from "../registry/canonical.ts";

/** `release.yaml` of a capsule (D-16). */
export interface CapsuleRelease {
  component: string;
  version: string;
  /** Clone URL, folder that the package was taken from, 40 hex. */
  source: { repository: string; path: string; commit: string };
  /** `<name>.azurecr.io/<repository>:git-<commit>` and `sha256:<hex>`. */
  image: { ref: string; digest: string };
  /** `path` is `package` or a folder below it. */
  package: { kind: "kustomize"; path: string };
}

/** The one text of a release: the same values, the same bytes. */
export function releaseText(release: CapsuleRelease): string {
  const { component, version, source, image } = release;
  return canonicalYaml({
    schema_version: 1,
    component,
    version,
    source: { repository: source.repository, path: source.path, commit: source.commit },
    image: { ref: image.ref, digest: image.digest },
    package: { kind: release.package.kind, path: release.package.path },
  });
}
