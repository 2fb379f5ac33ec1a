import { describe, expect, it } from "vitest";
import { earlyRemovals } from "../../cli/engine/removals.ts";
import type { StateResource } from "../../cli/engine/state.ts";
import { ACME_URN, change, stackPlan } from "./fixtures.ts";

const APP = "azure-native:app:ContainerApp";
const SHARE = "azure-native:storage:FileShare";
const GLOBEX_URN = ACME_URN.replace("::acme", "::globex");

function resource(type: string, name: string, parent: string, protect = false): StateResource {
  const { urn } = change(type, name, "same", { parent });
  return { urn, type, parent, custom: true, protect };
}

describe("earlyRemovals", () => {
  const plan = stackPlan();
  const share = (parent: string, protect: boolean) => resource(SHARE, "share", parent, protect);

  it("finds nothing where every protected share's solution is planned", () => {
    expect(earlyRemovals({ resources: [share(ACME_URN, true)] }, plan)).toEqual([]);
  });

  it("lets a solution go whose shares are not protected any more", () => {
    expect(earlyRemovals({ resources: [share(GLOBEX_URN, false)] }, plan)).toEqual([]);
  });

  it("refuses once, with the commands, a solution that still runs", () => {
    const resources = [
      share(GLOBEX_URN, true),
      share(GLOBEX_URN, true),
      resource(APP, "globex-orbit", GLOBEX_URN),
    ];
    const problems = earlyRemovals({ resources }, plan);
    expect(problems).toMatchObject([{ code: "solution-removed", file: "solutions.yaml" }]);
    expect(problems[0]?.message).toMatch(
      /retire globex; slipway up; commit; slipway solutions delete-data globex; slipway up/,
    );
  });

  it("leaves out the first step where its apps are gone", () => {
    const [problem] = earlyRemovals({ resources: [share(GLOBEX_URN, true)] }, plan);
    expect(problem?.message).toMatch(/then run: slipway solutions delete-data globex/);
  });

  it("says nothing of what is protected outside of any solution", () => {
    const account = resource("azure-native:storage:StorageAccount", "a", "", true);
    expect(earlyRemovals({ resources: [account] }, plan)).toEqual([]);
  });
});
