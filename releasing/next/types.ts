import type { Component, ReleaseRecord } from "../../registry/index.ts";
import type { Source } from "../../source/index.ts";
import type { Change, Level } from "./changes.ts";

/** How a version follows from the one before; `prerelease` from one of the same version. */
export type Bump = Level | "initial" | "prerelease";

export interface NextRequest {
  component: Component;
  /** Of the component. */
  records: readonly ReleaseRecord[];
  source: Source;
  /** Identifier of a pre-release, such as `rc`. */
  pre?: string | undefined;
  /** Line of a train, `X.Y` or `YYYY.MM` (D-28): its branch is looked at, not the release branch. */
  train?: string | undefined;
}

/** The document of `slipway next`. */
export interface NextDocument {
  component: string;
  /** The release that the commits come after; null when there is none. */
  current: string | null;
  next: string;
  bump: Bump;
  /** Branch that it is cut from. */
  branch: string;
  /** Commit that it is cut at: the branch's head, or where its tag stands already. */
  commit: string;
  tag: string;
  /** Whether an earlier run made the tag, and its release is not finished. */
  tagged: boolean;
  /** Newest first; without those that were reverted since. */
  commits: readonly Change[];
  /** What CHANGELOG.md is going to say of it, but for the day that it is tagged on. */
  changelog: string;
}
