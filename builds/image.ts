import type { BuildPlan } from "../config/plan-types.ts";
import { commitTag } from "../registry/tags.ts";

/** What tags and labels of a release image are made from. */
export type ImageIdentity = Pick<BuildPlan, "version" | "commit" | "created" | "source" | "latest">;

/** Label that carries the commit, by which an image is known again (S-2). */
export const REVISION_LABEL = "org.opencontainers.image.revision";
/** Label that carries the component's version. */
export const VERSION_LABEL = "org.opencontainers.image.version";
const CREATED_LABEL = "org.opencontainers.image.created";
const SOURCE_LABEL = "org.opencontainers.image.source";

/** The tag besides version and commit: `latest` for the newest stable version alone, else the commit's again. */
export function aliasTag({ commit, latest }: ImageIdentity): string {
  return latest ? "latest" : commitTag(commit);
}

/** All tags of an image. The commit's is the last: who finds it finds the others. */
export function imageTags(identity: ImageIdentity): string[] {
  return [...new Set([identity.version, aliasTag(identity), commitTag(identity.commit)])];
}

/** OCI labels, the same from every builder (D-23). */
export function imageLabels(identity: ImageIdentity): Record<string, string> {
  return {
    [VERSION_LABEL]: identity.version,
    [REVISION_LABEL]: identity.commit,
    [CREATED_LABEL]: identity.created,
    [SOURCE_LABEL]: identity.source,
  };
}

/** The values that a run fills into its task's file (`task.ts`). None of them is secret. */
export function runValues(build: ImageIdentity): Record<string, string> {
  return {
    version: build.version,
    commit: build.commit,
    created: build.created,
    source: build.source,
    alias: aliasTag(build),
  };
}
