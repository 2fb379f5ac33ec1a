import { describe, expect, it } from "vitest";
import { type Component, loadRegistry } from "../../../registry/index.ts";
import { helmChartBuilder } from "../../../releasing/kinds/helm-chart.ts";
import { recordWhole } from "../../e2e/kinds/world.ts";
import { tempCheckout } from "../../fixtures/checkout.ts";
import { startRemote } from "../../source/remote.ts";
import { contextOf } from "./context.ts";

const CHART = 'apiVersion: v2\nname: thing\nversion: 0.0.0\nappVersion: "1.4.0"\n';
const PLAIN = { "thing/Chart.yaml": CHART, "thing/templates/note.yaml": "kind: ConfigMap\n" };
const RUNS: Partial<Component> = { chart: { appVersionOf: "orbit-webapp" } };

describe("helmChartBuilder", () => {
  it("finds nothing wrong with a chart whose appVersion is a recorded release", async () => {
    expect(await check(PLAIN, RUNS)).toEqual([]);
  });

  it("takes any appVersion of a chart that is said to run nothing", async () => {
    const chart = CHART.replace('"1.4.0"', "latest");
    expect(await check({ "thing/Chart.yaml": chart })).toEqual([]);
    expect(await check({ "thing/Chart.yaml": CHART.replace(/appVersion.*\n/, "") })).toEqual([]);
  });

  it.each([
    ["there is no Chart.yaml", { "thing/values.yaml": "" }, /found no such file at commit/],
    ["Chart.yaml is no YAML", changed("name:", "name: ["), /found no YAML map \(/],
    ["Chart.yaml is a list", { "thing/Chart.yaml": "- one\n" }, /found no YAML map \(but a list\)/],
    [
      "it is of Helm 2",
      changed("apiVersion: v2", "apiVersion: v1"),
      /found the apiVersion "v1", expected v2/,
    ],
    [
      "its name is not its repository's",
      changed("name: thing", "name: other"),
      /found the name "other", expected thing/,
    ],
    [
      "the appVersion is a number",
      changed('"1.4.0"', "1.4"),
      /found the appVersion 1\.4, expected a release of orbit-webapp in quotes/,
    ],
    [
      "the appVersion is missing",
      changed('appVersion: "1.4.0"', ""),
      /found the appVersion \(none\), expected a release/,
    ],
    [
      "the appVersion was never released",
      changed("1.4.0", "9.9.9"),
      /found the appVersion "9\.9\.9" and no record of orbit-webapp@9\.9\.9/,
    ],
    [
      "the appVersion is not built yet",
      changed("1.4.0", "1.3.0"),
      /found the appVersion "1\.3\.0" and a pending record of orbit-webapp@1\.3\.0/,
    ],
    [
      "helm refuses it",
      { ...PLAIN, "thing/values.schema.json": "{" },
      /helm does not pack thing: .*; correct the chart/,
    ],
    [
      "a dependency is not beside it",
      changed("version: 0.0.0", "version: 0.0.0\ndependencies: [{ name: base, version: 1.0.0 }]"),
      /helm does not pack thing: .*missing in charts\/ directory: base/,
    ],
  ])("refuses with artifact-rule when %s", async (_, files, says) => {
    const problems = await check(files, RUNS);
    expect(problems.map(({ code }) => code)).toEqual(["artifact-rule"]);
    expect(problems[0]?.message).toMatch(says);
    expect(problems[0]?.message).toMatch(/^thing@0\.1\.0: [^\n]*; [^\n]*$/);
    expect(problems[0]?.message).not.toContain("/tmp/");
  });

  it("refuses an appVersion that is withdrawn", async () => {
    const yank = [
      "schema_version: 1",
      "component: orbit-webapp",
      "version: 1.4.0",
      "decision: yanked",
      'decided_at: "2026-09-01"',
      "reason: loses goals\n",
    ].join("\n");
    const problems = await check(PLAIN, RUNS, yank);
    expect(problems).toMatchObject([
      {
        code: "yanked",
        message: expect.stringMatching(/withdrawn as orbit-webapp@1\.4\.0 \(loses/),
      },
    ]);
  });

  it("refuses a link that leads out of the chart", async () => {
    const links = { "thing/values.yaml": "../../../../etc/hostname" };
    const remote = await startRemote();
    const commit = await remote.commit("feat: chart", { files: PLAIN, links });
    const context = await contextOf(remote, { kind: "helm_chart", version: "0.1.0", commit });
    const problems = (await helmChartBuilder.checks?.(context)) ?? [];
    expect(problems.map(({ code }) => code)).toEqual(["source-path"]);
  });
});

function changed(from: string, to: string): Record<string, string> {
  return { ...PLAIN, "thing/Chart.yaml": CHART.replace(from, to) };
}

async function check(
  files: Readonly<Record<string, string>>,
  component: Partial<Component> = {},
  yank?: string,
) {
  const checkout = await tempCheckout();
  recordWhole(checkout, "orbit-webapp", "1.4.0");
  if (yank !== undefined) checkout.write("releases/orbit-webapp/v1.4.0/yanked.yaml", yank);
  const remote = await startRemote();
  const commit = await remote.commit("feat: chart", { files });
  const records = loadRegistry(checkout.root, () => {})?.records ?? new Map();
  const options = { kind: "helm_chart", version: "0.1.0", commit, component, records } as const;
  return (await helmChartBuilder.checks?.(await contextOf(remote, options))) ?? [];
}
