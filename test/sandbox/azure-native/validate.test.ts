import { describe, expect, it } from "vitest";
import { RESOURCE_TYPES } from "../../../sandbox/azure-native/resources/index.ts";
import { problemsOf } from "../../../sandbox/azure-native/validate.ts";
import { type PropertyMap, UNKNOWN } from "../../../sandbox/azure-native/values.ts";

const APP = "azure-native:app:ContainerApp";
const TASK = "azure-native:containerregistry:Task";
const app: PropertyMap = {
  resourceGroupName: "rg",
  containerAppName: "orbit-0123456789ab",
  location: "westeurope",
  environmentId: "/subscriptions/s/x",
  configuration: { ingress: { external: true, targetPort: 3000, transport: "auto" } },
  template: {
    containers: [
      {
        name: "orbit",
        image: "r.azurecr.io/orbit@sha256:00",
        env: [{ name: "A", value: "b" }],
        resources: { cpu: 0.25, memory: "0.5Gi" },
      },
    ],
    scale: { minReplicas: 0, maxReplicas: 1 },
  },
  tags: { solution: "acme" },
};
const task: PropertyMap = {
  resourceGroupName: "rg",
  registryName: "r",
  platform: { os: "Linux" },
  step: { type: "EncodedTask", encodedTaskContent: "eA==" },
};

describe("problemsOf", () => {
  it("finds none in valid inputs", () => {
    expect(problemsOf(APP, app)).toEqual([]);
    expect(problemsOf(TASK, task)).toEqual([]);
  });

  it.each<[string, string, PropertyMap, string]>([
    ["an unknown property", APP, { ...app, replicas: 1 }, "'replicas' is not a property of"],
    [
      "an unknown nested property",
      APP,
      { ...app, template: { containers: [{ name: "a", ports: [1] }] } },
      "'template.containers[0].ports' is not a property of",
    ],
    [
      "a wrong enum value",
      APP,
      { ...app, configuration: { activeRevisionsMode: "Double" } },
      `'configuration.activeRevisionsMode' must be one of ["Multiple","Single","Labels"]`,
    ],
    ["a missing input", APP, { location: "x" }, "missing required property 'resourceGroupName'"],
    [
      "a missing nested input",
      TASK,
      { ...task, step: { type: "EncodedTask" } },
      "missing required property 'step.encodedTaskContent'",
    ],
    [
      "a property of another kind of step",
      TASK,
      { ...task, step: { type: "EncodedTask", encodedTaskContent: "eA==", dockerFilePath: "D" } },
      "'step.dockerFilePath' is not a property of",
    ],
    [
      "a step of no kind",
      TASK,
      { ...task, step: { type: "Shell" } },
      `'step.type' must be one of ["Docker","EncodedTask","FileTask"]`,
    ],
    [
      "text for a number",
      APP,
      { ...app, template: { scale: { minReplicas: "1" } } },
      "'template.scale.minReplicas'",
    ],
    [
      "a number for a tag",
      APP,
      { ...app, tags: { "a.b": 1 } },
      `'tags["a.b"]' must be of type string`,
    ],
  ])("names the property for %s, and nothing else", (_, token, inputs, problem) => {
    expect(problemsOf(token, inputs)).toEqual([expect.stringContaining(problem)]);
  });

  it("quotes no value, which could be secret", () => {
    const secrets = [{ name: "key", value: { oops: "hunter2" } }];
    const problems = problemsOf(APP, { ...app, configuration: { secrets } });
    expect(problems).toEqual([expect.stringContaining("configuration.secrets[0].value")]);
    expect(problems.join()).not.toContain("hunter2");
  });

  it("accepts a value that is not known yet in any place", () => {
    const unknown: PropertyMap = {
      resourceGroupName: UNKNOWN,
      environmentId: UNKNOWN,
      configuration: { secrets: UNKNOWN, ingress: { external: UNKNOWN, traffic: [UNKNOWN] } },
      template: { containers: [{ name: "a", env: [{ name: "B", value: UNKNOWN }] }] },
      tags: UNKNOWN,
    };
    expect(problemsOf(APP, unknown)).toEqual([]);
    expect(problemsOf(TASK, { ...task, step: UNKNOWN })).toEqual([]);
    expect(
      problemsOf(TASK, { ...task, step: { ...(task.step as PropertyMap), contextPath: UNKNOWN } }),
    ).toEqual([]);
  });

  it("still finds the unknown property beside a value that is not known yet", () => {
    expect(problemsOf(APP, { ...app, environmentId: UNKNOWN, bogus: UNKNOWN })).toEqual([
      expect.stringContaining("'bogus'"),
    ]);
  });

  it("compiles a schema for every resource type", () => {
    for (const token of RESOURCE_TYPES.keys()) {
      expect(problemsOf(token, { bogus: 1 }), token).toContainEqual(
        expect.stringContaining("'bogus'"),
      );
    }
  });
});
