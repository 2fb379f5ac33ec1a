/** What every kind of artifact has to be able to do, so that cutting a release is one sequence. */

import type { BuildRun } from "../../attest/index.ts";
import type { EndpointMap } from "../../builds/endpoints.ts";
import type { BuiltArtifact, Component, GoModule, ReleaseRegistry } from "../../registry/index.ts";
import type { Problem } from "../../schemas/problem.ts";
import type { Source, SourceTag } from "../../source/index.ts";
import type { ArtifactContent } from "./artifact.ts";

/** One release of one component, and the world that it is cut in. */
export interface KindContext {
  /** Of every component, as the checkout has them. */
  records: ReleaseRegistry["records"];
  component: Component;
  version: string;
  /** While only `checks` has run it need not be there yet: then it is what it is going to be. */
  tag: SourceTag;
  source: Source;
  /** `<name>.azurecr.io` of the owner stack. */
  registry: string;
  endpoints: EndpointMap;
  /** One line of progress. */
  note(line: string): void;
  env: Readonly<Record<string, string | undefined>>;
}

/** What was built, for the record: one of artifact and module. */
export interface BuiltRelease {
  artifact?: BuiltArtifact;
  module?: GoModule;
  /** The run that was ordered for it, for its provenance. */
  run?: BuildRun;
  /** Whether `build` found it there: who built it, an earlier run or somebody else, is not known. */
  found?: boolean;
}

export interface KindBuilder {
  /** What keeps the release from being built; asked before there is any effect. Changes nothing. */
  checks?(context: KindContext): Promise<Problem[]>;
  /**
   * What an earlier run made already, whole. Changes nothing anywhere.
   *
   * @returns undefined when there is nothing, or only a part of it
   * @throws SlipwayError where something else stands in its place
   */
  find(context: KindContext): Promise<BuiltRelease | undefined>;
  /**
   * Builds and pushes. Run again after it was killed it ends in the same artifact.
   *
   * @throws SlipwayError
   */
  build(context: KindContext): Promise<BuiltRelease>;
  /**
   * What `build` would push, made anew; of kinds that are artifacts. Changes nothing anywhere.
   *
   * @throws SlipwayError
   */
  content?(context: KindContext): Promise<ArtifactContent>;
}
