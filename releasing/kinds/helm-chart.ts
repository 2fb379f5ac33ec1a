/** Helm charts: packed by Helm, in an OCI registry as Helm itself puts them there. */
import { mkdir } from "node:fs/promises";
import { posix } from "node:path";
import { ExecaError, execa } from "execa";
import { parse } from "yaml";
import { lastLines } from "../../builds/log.ts";
import { ANNOTATION, HELM_CHART, HELM_CONFIG } from "../../builds/media-types.ts";
import { withScratch } from "../../builds/scratch.ts";
import { releaseTool } from "../../builds/tool.ts";
import { type Problem, SlipwayError } from "../../schemas/problem.ts";
import {
  type ArtifactContent,
  artifactOf,
  commitTime,
  findArtifact,
  findOrPush,
} from "./artifact.ts";
import { type ChartArchive, normaliseArchive } from "./chart-archive.ts";
import { chartFileProblems } from "./chart-file.ts";
import type { KindBuilder, KindContext } from "./types.ts";

/** The parts of Chart.yaml that its manifest repeats; Helm has checked the rest. */
interface ChartDocument {
  annotations?: unknown;
  description?: unknown;
}

export const helmChartBuilder: KindBuilder = {
  async checks(context) {
    const problems = await chartFileProblems(context);
    if (problems.length > 0) return problems;
    try {
      await packChart(context);
      return [];
    } catch (error) {
      if (error instanceof SlipwayError) return [...error.problems];
      throw error;
    }
  },
  async find(context) {
    const found = await findArtifact(context, HELM_CONFIG);
    return found && { artifact: artifactOf(context, found) };
  },
  async build(context) {
    const { manifest, found } = await findOrPush(context, HELM_CONFIG, chartContent);
    return { artifact: artifactOf(context, manifest), found };
  },
  content: chartContent,
};

/** `helm push` would date the manifest with the archive's file, and give it another digest each time. */
async function chartContent(context: KindContext): Promise<ArtifactContent> {
  const { content, chartFile } = await packChart(context);
  const chart: ChartDocument = parse(chartFile);
  return {
    config: { mediaType: HELM_CONFIG, content: Buffer.from(JSON.stringify(chart)) },
    layers: [{ mediaType: HELM_CHART, content }],
    annotations: annotationsIn(chart),
  };
}

/** @throws SlipwayError `artifact-rule` with what Helm refuses */
async function packChart(context: KindContext): Promise<ChartArchive> {
  const { component, version, tag, source } = context;
  const name = posix.basename(component.image);
  return withScratch(`chart-${component.name}`, async (scratch) => {
    // The folder's name is no matter to Helm, but what lies beside it could be.
    const [chart, packed] = [`${scratch}/chart`, `${scratch}/packed`];
    await mkdir(chart);
    await source.export(tag.commit, component.path, chart);
    await helm(context, scratch, [
      "package",
      `--version=${version}`,
      `--destination=${packed}`,
      chart,
    ]);
    return normaliseArchive(`${packed}/${name}-${version}.tgz`, name, await commitTime(context));
  });
}

async function helm(
  { component, version, env }: KindContext,
  scratch: string,
  args: readonly string[],
): Promise<void> {
  try {
    await execa(releaseTool("helm"), args, {
      cwd: scratch,
      // None of the user's repositories and plugins have a say in what is packed.
      env: {
        PATH: env.PATH,
        HELM_CACHE_HOME: `${scratch}/cache`,
        HELM_CONFIG_HOME: `${scratch}/config`,
        HELM_DATA_HOME: `${scratch}/data`,
      },
      extendEnv: false,
      stdin: "ignore",
    });
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const [last = error.shortMessage] = lastLines(String(error.stderr ?? ""), 1);
    const said = last.replace(/^Error: /, "");
    const problem: Problem = {
      code: "artifact-rule",
      message: `${component.name}@${version}: helm does not pack ${component.path}: ${said.replaceAll(`${scratch}/`, "")}; correct the chart, and commit it`,
    };
    throw new SlipwayError(problem, { cause: error });
  }
}

/** What Helm takes over from Chart.yaml when it pushes, as far as it is text. */
function annotationsIn(chart: ChartDocument): Record<string, string> {
  const { annotations, description } = chart;
  const all = {
    ...(typeof annotations === "object" ? annotations : {}),
    [ANNOTATION.description]: description,
  };
  return Object.fromEntries(
    Object.entries(all).flatMap(([key, value]) =>
      typeof value === "string" && value.trim() !== "" ? [[key, value]] : [],
    ),
  );
}
