import { posix } from "node:path";
import { parse } from "yaml";
import type { Component } from "../../registry/index.ts";
import type { Problem } from "../../schemas/problem.ts";
import type { KindContext } from "./types.ts";

const FILE = "Chart.yaml";

/** The parts of Chart.yaml that a release depends on; all from outside. */
interface ChartDocument {
  apiVersion?: unknown;
  name?: unknown;
  appVersion?: unknown;
}

/** What is wrong with a chart's Chart.yaml, as its commit has it. */
export async function chartFileProblems(context: KindContext): Promise<Problem[]> {
  const { component, version, tag, source, records } = context;
  const at = component.path === "." ? FILE : `${component.path}/${FILE}`;
  const problem = (message: string): Problem => ({
    code: "artifact-rule",
    message: `${component.name}@${version}: ${at}: ${message}`,
  });
  const content = await source.readFile(tag.commit, at);
  if (content === undefined) {
    return [problem(`found no such file at commit ${tag.commit}, expected the chart's; commit it`)];
  }
  const chart = read(Buffer.from(content).toString("utf8"));
  if (typeof chart === "string") return [problem(`found no YAML map (${chart}); correct it`)];
  const problems: Problem[] = [];
  if (chart.apiVersion !== "v2") {
    problems.push(
      problem(
        `found the apiVersion ${said(chart.apiVersion)}, expected v2, which Helm 3 has; set it`,
      ),
    );
  }
  const name = posix.basename(component.image);
  if (chart.name !== name) {
    problems.push(
      problem(
        `found the name ${said(chart.name)}, expected ${name}: Helm looks for a chart in a repository of its name; set it, or image in releases/catalogue.yaml`,
      ),
    );
  }
  const runs = component.chart?.appVersionOf;
  const wrong = runs === undefined ? undefined : appVersionProblem(records, runs, chart.appVersion);
  return wrong === undefined
    ? problems
    : [...problems, { ...problem(wrong.message), code: wrong.code }];
}

function appVersionProblem(
  records: KindContext["records"],
  runs: Component["name"],
  appVersion: unknown,
): Problem | undefined {
  const rule = (message: string): Problem => ({ code: "artifact-rule", message });
  if (typeof appVersion !== "string") {
    return rule(
      `found the appVersion ${said(appVersion)}, expected a release of ${runs} in quotes; set it`,
    );
  }
  const record = records.get(runs)?.find(({ version }) => version === appVersion);
  if (record?.yanked !== undefined) {
    return {
      code: "yanked",
      message: `found the appVersion ${appVersion}, which is withdrawn as ${runs}@${appVersion} (${record.yanked.reason}); name another release`,
    };
  }
  if (record?.status === "recorded") return undefined;
  const found = record === undefined ? "no record" : `a ${record.status} record`;
  return rule(
    `found the appVersion ${said(appVersion)} and ${found} of ${runs}@${appVersion}, expected a recorded release; run: slipway release ${runs}@${appVersion}, or name another one`,
  );
}

/** @returns why it is none, where it is none */
function read(text: string): ChartDocument | string {
  try {
    const data: unknown = parse(text, { maxAliasCount: 0, logLevel: "error" });
    return typeof data === "object" && data !== null && !Array.isArray(data)
      ? data
      : `but ${Array.isArray(data) ? "a list" : typeof data}`;
  } catch (error) {
    return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  }
}

function said(value: unknown): string {
  return value === undefined ? "(none)" : JSON.stringify(value);
}
