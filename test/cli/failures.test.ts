import { describe, expect, it } from "vitest";
import { engineProblems } from "../../cli/engine/failures.ts";
import { EngineFailure } from "../../cli/engine/process.ts";

const FAILED = new EngineFailure(["up"], { stdout: "", stderr: "error: update failed", code: 1 });
const URN = "urn:pulumi:dev::slipway::slipway:components:ComponentBuild$";
const RUN = `${URN}slipway:acr:Run::orbit-webapp@1.4.1`;

describe("engineProblems", () => {
  it("tells a failed build with the end of its log, line by line", () => {
    const message =
      "orbit-webapp@1.4.1: run ca7 of task build-orbit-webapp ended Failed\n  | step one\n  | step two";
    expect(engineProblems(FAILED, [{ urn: RUN, message }])).toEqual([
      { code: "build-failed", path: "slipway:acr:Run orbit-webapp@1.4.1", message },
    ]);
  });

  it.each([
    ["orbit-webapp@1.4.1: the image is sha256:aa, the record says sha256:bb: a release", RUN],
    ["orbit-webapp@1.4.1: x:1 is sha256:aa: a release is one image; remove", RUN],
  ])("tells another digest by its code: %s", (message, urn) => {
    expect(engineProblems(FAILED, [{ urn, message }])[0]?.code).toBe("digest-changed");
  });

  it("takes every failure of a BuildKit build for a failed build", () => {
    const urn = `${URN}docker-build:index:Image::orbit-webapp@1.4.1-bd6f947244c6`;
    const [problem] = engineProblems(FAILED, [{ urn, message: "failed to solve:\n exit 1" }]);
    expect(problem).toMatchObject({ code: "build-failed", message: "failed to solve: exit 1" });
  });

  it("leaves any other failure of a run to the engine", () => {
    const [problem] = engineProblems(FAILED, [{ urn: RUN, message: "Azure answered 500" }]);
    expect(problem?.code).toBe("engine");
  });
});
