import type { ArtifactKind } from "../../registry/index.ts";
import { SlipwayError } from "../../schemas/problem.ts";
import type { StackBuild } from "./container.ts";
import type { KindBuilder } from "./types.ts";

export type { StackBuild } from "./container.ts";
export type { BuiltRelease, KindBuilder, KindContext } from "./types.ts";

/**
 * What builds releases of a kind.
 *
 * @param runBuild for containers, which the owner stack builds
 * @throws SlipwayError `catalogue-rule` for a kind that nothing builds yet
 */
export async function kindBuilder(kind: ArtifactKind, runBuild: StackBuild): Promise<KindBuilder> {
  if (kind === "container") return (await import("./container.ts")).containerBuilder(runBuild);
  if (kind === "binaries") return (await import("./binaries.ts")).binariesBuilder;
  if (kind === "helm_chart") return (await import("./helm-chart.ts")).helmChartBuilder;
  if (kind === "go_module") return (await import("./go-module.ts")).goModuleBuilder;
  throw new SlipwayError({
    code: "catalogue-rule",
    message: `found a component of the kind ${kind}, which slipway does not build yet; release it by its own tools`,
  });
}
