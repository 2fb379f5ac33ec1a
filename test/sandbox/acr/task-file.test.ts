import { describe, expect, it } from "vitest";
import { parseTaskFile } from "../../../sandbox/acr/task-file.ts";
import { renderTemplate } from "../../../sandbox/acr/template.ts";

const INPUT = {
  runId: "ca1",
  loginServer: "slipwaydev.azurecr.io",
  platform: { os: "linux", architecture: "amd64" },
  values: [{ name: "version", value: "1.2.0" }],
};
const BUILD = "steps:\n  - build: -t $Registry/a:1 .\n";

describe("parseTaskFile", () => {
  it("reads build and push steps with their timeouts", () => {
    const text = `version: v1.1.0
stepTimeout: 90
steps:
  - id: image
    build: -t r/a:1 .
    timeout: 1200
  - push:
      - r/a:1
`;
    expect(parseTaskFile(text)).toMatchObject([
      { id: "image", kind: "build", timeoutSeconds: 1200, command: { tags: ["r/a:1"] } },
      { id: "acb_step_1", kind: "push", timeoutSeconds: 90, images: ["r/a:1"] },
    ]);
  });

  it("gives a step 600 seconds when nothing else is said", () => {
    expect(parseTaskFile(`version: v1.1.0\n${BUILD}`)[0]?.timeoutSeconds).toBe(600);
  });

  it.each([
    ["text that is not YAML", "version: [", /not YAML/],
    ["no map", "- a", /is not a map/],
    ["another version", `version: v1.0.0\n${BUILD}`, /version is v1.0.0/],
    ["no version", BUILD, /version is undefined/],
    ["no steps", "version: v1.1.0\nsteps: []", /has no steps/],
    ["a command step", "version: v1.1.0\nsteps:\n  - cmd: bash", /has cmd/],
    ["an unknown property", `version: v1.1.0\nsecrets: []\n${BUILD}`, /has secrets/],
    ["build and push in one", "version: v1.1.0\nsteps:\n  - build: .\n    push: [a]", /not both/],
    ["a step with neither", "version: v1.1.0\nsteps:\n  - id: a", /needs build or push/],
    ["a push that is no list", "version: v1.1.0\nsteps:\n  - push: a", /not a list/],
    ["a timeout of zero", "version: v1.1.0\nsteps:\n  - build: .\n    timeout: 0", /timeout is 0/],
    ["an alias of YAML", "version: v1.1.0\nsteps: &a\n  - build: .\nstepTimeout: *a", /alias/],
  ])("refuses %s", (_, text, reason) => {
    expect(() => parseTaskFile(text)).toThrow(reason);
  });
});

describe("renderTemplate", () => {
  it.each([
    ["$Registry/a:1", "slipwaydev.azurecr.io/a:1"],
    ["{{.Run.Registry}}/a:{{.Values.version}}", "slipwaydev.azurecr.io/a:1.2.0"],
    ["{{ .Run.ID }}-$ID-{{.Run.RegistryName}}", "ca1-ca1-slipwaydev"],
    ["{{.Run.OS}}/{{- .Run.Architecture -}}", "linux/amd64"],
    ["no placeholder, 5 $ and {one}", "no placeholder, 5 $ and {one}"],
  ])("renders %s", (text, expected) => {
    expect(renderTemplate(text, INPUT)).toBe(expected);
  });

  it("leaves a value as it is when it looks like a placeholder", () => {
    const values = [{ name: "x", value: "$Registry {{.Run.ID}}" }];
    expect(renderTemplate("{{.Values.x}}", { ...INPUT, values })).toBe("$Registry {{.Run.ID}}");
  });

  it.each(["{{.Values.none}}", "{{.Run.None}}", "$None", "{{if .Run.ID}}x{{end}}", "{{.Values}}"])(
    "refuses %s, for which there is nothing",
    (text) => {
      expect(() => renderTemplate(text, INPUT)).toThrow(/nothing to fill in|unknown alias/);
    },
  );
});
