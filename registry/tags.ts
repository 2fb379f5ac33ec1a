import type { Component } from "./types.ts";

/** A major version's own folder, which Go leaves out of the tag. */
const MAJOR_FOLDER = /(^|\/)v([2-9]|[1-9][0-9]+)$/;

/**
 * What the tags of a component's releases begin with, up to the version: `<component>/v`. A Go module
 * is found by `go` under its folder alone, so there it is `<folder>/v`, and `v` for the root
 * (https://go.dev/ref/mod#vcs-version).
 */
export function tagPrefix({ name, kind, path }: Pick<Component, "name" | "kind" | "path">): string {
  if (kind !== "go_module") return `${name}/v`;
  const folder = path === "." ? "" : path.replace(MAJOR_FOLDER, "");
  return folder === "" ? "v" : `${folder}/v`;
}

/** The tag that is a release's identity: image and capsule share it (D-16). */
export function commitTag(commit: string): string {
  return `git-${commit}`;
}

/** Repository of an image's capsules (S-8). */
export function capsuleRepository(imageRepository: string): string {
  return `${imageRepository}-capsule`;
}

/** The tag of one release (D-01). */
export function releaseTag(
  component: Pick<Component, "name" | "kind" | "path">,
  version: string,
): string {
  return tagPrefix(component) + version;
}
