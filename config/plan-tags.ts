import type { ReleaseRecord } from "../registry/index.ts";
import { type PlanContext, releaseId } from "./plan-context.ts";
import type { ComponentBuildPlan, TagExpectation } from "./plan-types.ts";

/** Tags of the records that a stack runs or builds, each once (D-06). */
export function tagExpectations(
  { checkout, releases }: PlanContext,
  builds: readonly ComponentBuildPlan[],
): TagExpectation[] {
  const { catalogue, records } = checkout.registry;
  const built = new Set(builds.flatMap(({ runs }) => runs.map(({ release }) => release)));
  const used = new Set<ReleaseRecord>([
    ...[...records.values()].flat().filter((record) => built.has(releaseId(record))),
    ...releases.chosen(),
  ]);
  return [...used]
    .flatMap((record) => {
      const repository = catalogue.components.get(record.component)?.repository;
      if (repository === undefined || record.status === "history") return [];
      return [
        {
          url: repository.url,
          repository: repository.key,
          tag: record.source.tag,
          commit: record.source.commit,
          file: record.file,
        },
      ];
    })
    .sort((a, b) => (a.file < b.file ? -1 : 1));
}
