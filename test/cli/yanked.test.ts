import { describe, expect, it } from "vitest";
import type { StateResource } from "../../cli/engine/state.ts";
import { runsYanked, yankedMoves } from "../../cli/engine/yanked.ts";
import { type Checkout, loadCheckout, planStack, type StackPlan } from "../../config/index.ts";
import { type TempCheckout, tempCheckout } from "../fixtures/checkout.ts";

const APP = "azure-native:app:ContainerApp";

async function load({ root }: TempCheckout): Promise<{ checkout: Checkout; plan: StackPlan }> {
  const { checkout } = await loadCheckout(root);
  const stack = checkout?.stacks.get("dev");
  if (checkout === undefined || stack === undefined) throw new Error("nothing loaded");
  return { checkout, plan: planStack(checkout, stack) };
}

function yank(checkout: TempCheckout, component: string, version: string): void {
  checkout.write(
    `releases/${component}/v${version}/yanked.yaml`,
    `schema_version: 1\ncomponent: ${component}\nversion: ${version}\ndecision: yanked\ndecided_at: "2026-07-20"\nreason: Loses drafts\n`,
  );
}

/** The state in which every app of a plan runs what the plan says. */
function stateOf(plan: StackPlan): StateResource[] {
  return plan.cells
    .flatMap((cell) => [...cell.sharedApps, ...cell.solutions.flatMap(({ apps }) => apps)])
    .map(({ containerAppName, tags }) => ({
      urn: `urn:pulumi:dev::slipway::${APP}::${containerAppName}`,
      type: APP,
      custom: true,
      inputs: { containerAppName, tags },
    }));
}

describe("yankedMoves", () => {
  it("finds nothing when all that runs a yanked release runs it already", async () => {
    const checkout = await tempCheckout();
    yank(checkout, "orbit-webapp", "1.4.0");
    const { plan, checkout: loaded } = await load(checkout);
    expect(runsYanked(plan, loaded.registry)).toBe(true);
    expect(yankedMoves({ resources: stateOf(plan) }, plan, loaded.registry)).toEqual([]);
  });

  it("finds a release once, with the apps that would come to run it", async () => {
    const checkout = await tempCheckout();
    const { plan: before } = await load(checkout);
    yank(checkout, "orbit-webapp", "1.3.0");
    checkout.edit("environments/dev.yaml", "orbit-webapp: 1.4.0", "orbit-webapp: 1.3.0");
    const { plan, checkout: loaded } = await load(checkout);
    const problems = yankedMoves({ resources: stateOf(before) }, plan, loaded.registry);
    expect(problems).toMatchObject([{ code: "yanked", file: "environments/dev.yaml" }]);
    expect(problems[0]?.message).toMatch(
      /orbit-webapp 1\.3\.0, .*\(Loses drafts\), expected .* for orbit-[0-9a-f]{12}, orbit-[0-9a-f]{12}, orbit-[0-9a-f]{12} and \d+ more of the stack dev/,
    );
  });

  it("finds the app of a solution that is new", async () => {
    const checkout = await tempCheckout();
    yank(checkout, "maxq-orbit-agent", "0.9.0");
    const { plan: before } = await load(checkout);
    checkout.append("solutions.yaml", "  - { id: newcomer, name: New Comer, cell: a }\n");
    const { plan, checkout: loaded } = await load(checkout);
    const problems = yankedMoves({ resources: stateOf(before) }, plan, loaded.registry);
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/maxq-orbit-agent 0\.9\.0, .* for agent-[0-9a-f]{12} of the stack dev/),
    ]);
  });

  it("lets every app leave a yanked release", async () => {
    const checkout = await tempCheckout();
    yank(checkout, "orbit-webapp", "1.4.0");
    const { plan: before } = await load(checkout);
    checkout.edit("environments/dev.yaml", "orbit-webapp: 1.4.0", "orbit-webapp: 1.4.1");
    const { plan, checkout: loaded } = await load(checkout);
    expect(runsYanked(plan, loaded.registry)).toBe(false);
    expect(yankedMoves({ resources: stateOf(before) }, plan, loaded.registry)).toEqual([]);
  });
});

describe("builds of yanked releases", () => {
  const runs = (plan: StackPlan) =>
    plan.builds.find(({ component }) => component === "orbit-webapp")?.runs ?? [];

  it("are not declared, nor latest, unless a pointer names them", async () => {
    const checkout = await tempCheckout();
    yank(checkout, "orbit-webapp", "1.3.0");
    yank(checkout, "orbit-webapp", "1.4.1");
    const { plan } = await load(checkout);
    expect(runs(plan).map(({ version, latest }) => [version, latest])).toEqual([
      ["2.0.0-rc.1", false],
      ["1.4.1", false],
      ["1.4.0", true],
    ]);
  });
});
