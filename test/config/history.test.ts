import { describe, expect, it } from "vitest";
import { loadCheckout } from "../../config/index.ts";
import { goodCheckout, STACK_FILE } from "../fixtures/bad-input.ts";

const SOLUTIONS = "solutions.yaml";
const GLOBEX =
  "  - id: globex\n    name: Globex\n    customer_repository: https://git.example.com/customers/globex.git\n";

async function committed() {
  const checkout = await goodCheckout();
  await checkout.commit("Start the fleet");
  return checkout;
}

describe("what may not change since the last commit", () => {
  it("is nothing when only names and rings changed", async () => {
    const checkout = await committed();
    checkout.edit(
      SOLUTIONS,
      "name: Globex\n",
      "name: Globex Corporation\n    ring: early\n    cell: a\n",
    );
    expect((await loadCheckout(checkout.root)).problems).toEqual([]);
  });

  it("is the cell of a committed entry", async () => {
    const checkout = await committed();
    checkout.edit(SOLUTIONS, "name: Globex\n", "name: Globex\n    cell: b\n");
    expect((await loadCheckout(checkout.root)).problems).toEqual([
      expect.objectContaining({
        code: "solution-moved",
        file: SOLUTIONS,
        line: checkout.lineOf(SOLUTIONS, "id: globex"),
        path: "solutions[1].cell",
        message: expect.stringMatching(/found the cell b for globex, expected a as committed/),
      }),
    ]);
  });

  it("is the environment of a committed entry", async () => {
    const checkout = await goodCheckout();
    checkout.write(
      "environments/test.yaml",
      checkout.read("environments/dev.yaml").replace("environment: dev", "environment: test"),
    );
    checkout.edit(
      "environments/test.yaml",
      "  - solution: hooli\n    versions:\n      maxq-orbit-agent-webapp: 0.6.1\n",
      "",
    );
    checkout.write(
      "Pulumi.test.yaml",
      `config:
  azure-native:subscriptionId: 00000000-0000-4000-8000-736c69707761
  azure-native:location: westeurope
  slipway:environment: test
  slipway:registry: { owned: true, name: slipwaytest }
  slipway:cells: [{ name: a }]
`,
    );
    await checkout.commit("Start the fleet");
    checkout.edit(SOLUTIONS, "name: Globex\n", "name: Globex\n    environment: test\n");
    expect((await loadCheckout(checkout.root)).problems).toEqual([
      expect.objectContaining({
        code: "solution-moved",
        path: "solutions[1].environment",
        message: expect.stringMatching(/found the environment test for globex, expected dev/),
      }),
    ]);
  });

  it("is the default cell that committed entries live in", async () => {
    const checkout = await committed();
    checkout.edit(STACK_FILE, "default_cell: a", "default_cell: b");
    const { problems } = await loadCheckout(checkout.root);
    expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(["solution-moved"]));
    expect(problems).toHaveLength(9);
  });

  it.each([
    [
      "active",
      "",
      /slipway solutions retire globex; slipway up; commit; slipway solutions delete-data globex/,
    ],
    ["retired", "    state: retired\n", /run: slipway solutions delete-data globex; slipway up/],
  ])("is the presence of an entry that was committed as %s", async (state, line, commands) => {
    const checkout = await goodCheckout();
    checkout.edit(SOLUTIONS, GLOBEX, GLOBEX + line);
    await checkout.commit("Start the fleet");
    checkout.edit(SOLUTIONS, GLOBEX + line, "");
    expect((await loadCheckout(checkout.root)).problems).toEqual([
      expect.objectContaining({
        code: "solution-removed",
        file: SOLUTIONS,
        message: expect.stringMatching(
          new RegExp(`found no entry of globex, which was committed as ${state}`),
        ),
      }),
    ]);
    expect((await loadCheckout(checkout.root)).problems[0]?.message).toMatch(commands);
    expect((await loadCheckout(checkout.root, { removals: false })).problems).toEqual([]);
  });

  it("is not the presence of an entry that was committed as deletable", async () => {
    const checkout = await goodCheckout();
    checkout.edit(SOLUTIONS, GLOBEX, `${GLOBEX}    state: deletable\n`);
    await checkout.commit("Give up the data of Globex");
    checkout.edit(SOLUTIONS, `${GLOBEX}    state: deletable\n`, "");
    expect((await loadCheckout(checkout.root)).problems).toEqual([]);
  });

  it("is the step from active to retired, before data is given up", async () => {
    const checkout = await committed();
    checkout.edit(SOLUTIONS, GLOBEX, `${GLOBEX}    state: deletable\n`);
    const expected = {
      code: "solution-state",
      file: SOLUTIONS,
      line: checkout.lineOf(SOLUTIONS, "id: globex"),
      path: "solutions[1].state",
      message: expect.stringMatching(/globex deletable, which was committed as active/),
    };
    expect((await loadCheckout(checkout.root)).problems).toEqual([expected]);
    checkout.edit(SOLUTIONS, "    state: deletable\n", "    state: retired\n");
    await checkout.commit("Retire Globex");
    checkout.edit(SOLUTIONS, "    state: retired\n", "    state: deletable\n");
    expect((await loadCheckout(checkout.root)).problems).toEqual([]);
  });

  it("is nothing in a folder without a repository", async () => {
    const checkout = await goodCheckout();
    checkout.edit(SOLUTIONS, GLOBEX, "");
    expect((await loadCheckout(checkout.root)).problems).toEqual([]);
  });

  it("is nothing when no commit has the list yet", async () => {
    const checkout = await goodCheckout();
    const list = checkout.read(SOLUTIONS);
    checkout.remove(SOLUTIONS);
    await checkout.commit("Start without a list");
    checkout.write(SOLUTIONS, list);
    expect((await loadCheckout(checkout.root)).problems).toEqual([]);
  });
});
