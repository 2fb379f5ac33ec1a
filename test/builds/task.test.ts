import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { imageLabels, imageTags, runValues } from "../../builds/image.ts";
import { TASK_TIMEOUT_SECONDS, taskPlatform, taskYaml } from "../../builds/task.ts";
import type { BuildPlan } from "../../config/plan-types.ts";
import { parseTaskFile } from "../../sandbox/acr/task-file.ts";
import { renderTemplate } from "../../sandbox/acr/template.ts";
import { SlipwayError } from "../../schemas/problem.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const component = {
  component: "orbit-webapp",
  image: "orbit-webapp",
  dockerfile: "Dockerfile",
  platforms: ["linux/amd64"],
  buildArgs: { EDITION: "full" },
};
const build: BuildPlan = {
  release: "orbit-webapp@1.2.0",
  component: "orbit-webapp",
  version: "1.2.0",
  commit: COMMIT,
  context: `https://git.example.com/platform/platform.git#${COMMIT}:services/orbit-webapp`,
  source: "https://git.example.com/platform/platform.git",
  created: "2026-07-06T00:00:00Z",
  latest: true,
};

function rendered(plan: BuildPlan) {
  const values = Object.entries(runValues(plan)).map(([name, value]) => ({ name, value }));
  const text = renderTemplate(taskYaml(component), {
    runId: "ca1",
    loginServer: "slipwaydev.azurecr.io",
    platform: { os: "linux", architecture: "amd64" },
    values,
  });
  const [first, second] = parseTaskFile(text);
  if (first?.kind !== "build" || second?.kind !== "push") throw new Error("other steps");
  return { build: first, push: second };
}

describe("taskYaml", () => {
  it("builds and pushes version, latest and commit, with the OCI labels", () => {
    const task = rendered(build);
    const images = ["1.2.0", "latest", `git-${COMMIT}`].map(
      (tag) => `slipwaydev.azurecr.io/orbit-webapp:${tag}`,
    );
    expect(task.build.command).toMatchObject({
      tags: images,
      dockerfile: "Dockerfile",
      context: ".",
      buildArgs: { EDITION: "full" },
      labels: {
        "org.opencontainers.image.version": "1.2.0",
        "org.opencontainers.image.revision": COMMIT,
        "org.opencontainers.image.created": "2026-07-06T00:00:00Z",
        "org.opencontainers.image.source": "https://git.example.com/platform/platform.git",
      },
    });
    expect(task.push.images).toEqual(images);
    expect(task.build.timeoutSeconds + task.push.timeoutSeconds).toBe(TASK_TIMEOUT_SECONDS);
  });

  it("gives latest to the newest stable version alone", () => {
    const { build: step } = rendered({ ...build, latest: false });
    expect([...new Set(step.command.tags)]).toEqual([
      "slipwaydev.azurecr.io/orbit-webapp:1.2.0",
      `slipwaydev.azurecr.io/orbit-webapp:git-${COMMIT}`,
    ]);
  });

  it("agrees with the tags and labels of the other builder", () => {
    for (const plan of [build, { ...build, latest: false }]) {
      const { command } = rendered(plan).build;
      expect(command.labels).toEqual(imageLabels(plan));
      expect([...new Set(command.tags.map((tag) => tag.split(":")[1]))]).toEqual(imageTags(plan));
    }
  });

  it("writes the line so that splitting on white space finds a value before the context", () => {
    const line = String(parse(taskYaml(component)).steps[0].build);
    const words = line.split(" ");
    expect(words.at(-1)).toBe(".");
    expect(words.filter((word) => word.startsWith("-") && word.includes("="))).toEqual([]);
    expect(words.at(-3)).toMatch(/^-/);
  });

  it("does not depend on a build, so that a new record changes no task", () => {
    expect(taskYaml(component)).not.toContain("1.2.0");
    expect(taskYaml(component)).not.toContain(COMMIT);
  });

  it.each([
    ["white space", "a b"],
    ["a line end", "a\nb"],
    ["a quote", 'a"b'],
    ["an alias", "a$Registry"],
    ["a field", "{{.Run.ID}}"],
    ["a backslash", "a\\b"],
  ])("refuses a build argument with %s", (_, value) => {
    expect(() => taskYaml({ ...component, buildArgs: { EDITION: value } })).toThrow(
      expect.objectContaining({ code: "build-argument" }),
    );
    expect(() => taskYaml({ ...component, dockerfile: value })).toThrow(SlipwayError);
  });
});

describe("taskPlatform", () => {
  it("is the component's only platform", () => {
    expect(taskPlatform(component)).toEqual({ os: "Linux", architecture: "amd64" });
  });

  it.each([[[]], [["linux/amd64", "linux/arm64"]], [["amd64"]], [["linux/s390x"]]])(
    "refuses %j",
    (platforms) => {
      expect(() => taskPlatform({ ...component, platforms })).toThrow(
        expect.objectContaining({ code: "catalogue-rule" }),
      );
    },
  );
});
