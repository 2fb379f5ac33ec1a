import { describe, expect, it } from "vitest";
import type { ErrorDocument } from "../../cli/errors.ts";
import type { SolutionEntry } from "../../cli/solutions/entry.ts";
import type { SolutionsDocument } from "../../cli/solutions/list.ts";
import { tempCheckout } from "../fixtures/checkout.ts";
import { json, slipway } from "./bin.ts";

const FILE = "solutions.yaml";

describe("slipway solutions add", () => {
  it("writes the emptiest cell, and leaves every other line as it was", async () => {
    const checkout = await tempCheckout();
    const before = checkout.read(FILE);
    const { solutions } = await json<SolutionsDocument>(checkout.root, "solutions", "list");
    const residents = (cell: string) => solutions.filter((entry) => entry.cell === cell).length;
    const emptiest = residents("b") < residents("a") ? "b" : "a";
    const entry = await json<SolutionEntry>(
      checkout.root,
      ...["solutions", "add", "contoso", "--name", "Contoso: Ltd"],
    );
    expect(entry).toMatchObject({
      id: "contoso",
      cell: emptiest,
      state: "active",
      ring: "general",
    });
    const added = `  - id: contoso\n    name: "Contoso: Ltd"\n    cell: ${emptiest}\n`;
    expect(checkout.read(FILE)).toBe(before + added);
  });

  it("fills cells evenly", async () => {
    const checkout = await tempCheckout();
    const cells = [];
    for (const id of ["one", "two", "three", "four"]) {
      const args = ["solutions", "add", id, "--name", id];
      cells.push((await json<SolutionEntry>(checkout.root, ...args)).cell);
    }
    const { solutions } = await json<SolutionsDocument>(checkout.root, "solutions", "list");
    const counts = ["a", "b"].map((cell) => solutions.filter((s) => s.cell === cell).length);
    expect(Math.abs((counts[0] ?? 0) - (counts[1] ?? 0))).toBeLessThanOrEqual(1);
    expect(new Set(cells)).toEqual(new Set(["a", "b"]));
  });

  it.each([
    ["solution-duplicate", ["acme", "--name", "x"]],
    ["solution-id", ["Not-An-Id", "--name", "x"]],
    ["unknown-cell", ["contoso", "--name", "x", "--cell", "z"]],
    ["schema", ["contoso", "--name", "x", "--customer-repository", "git@host:x.git"]],
  ])("writes nothing at %s", async (code, args) => {
    const checkout = await tempCheckout();
    const before = checkout.tree();
    const { error } = await json<ErrorDocument>(checkout.root, "solutions", "add", ...args);
    expect(error.code).toBe(code);
    expect(checkout.tree()).toEqual(before);
  });

  it("loses none of five that are added at once", async () => {
    const checkout = await tempCheckout();
    const ids = ["one", "two", "three", "four", "five"];
    const runs = await Promise.all(
      ids.map((id) => slipway(checkout.root, "solutions", "add", id, "--name", id)),
    );
    expect(runs.map(({ exitCode }) => exitCode)).toEqual(ids.map(() => 0));
    const { solutions } = await json<SolutionsDocument>(checkout.root, "solutions", "list");
    expect(
      solutions
        .map(({ id }) => id)
        .slice(-5)
        .sort(),
    ).toEqual([...ids].sort());
  });
});

describe("the way out of a solution", () => {
  it("goes from active to retired to deletable, one line at a time", async () => {
    const checkout = await tempCheckout();
    const before = checkout.read(FILE);
    const retired = await json<SolutionEntry>(checkout.root, "solutions", "retire", "globex");
    expect(retired.state).toBe("retired");
    expect(checkout.read(FILE).replace("    state: retired\n", "")).toBe(before);
    const deletable = await json<SolutionEntry>(
      checkout.root,
      ...["solutions", "delete-data", "globex", "--keep-data"],
    );
    expect(deletable).toMatchObject({ state: "deletable", keep_data: true });
    const added = "    keep_data: true\n";
    expect(checkout.read(FILE).replace("    state: deletable\n", "").replace(added, "")).toBe(
      before,
    );
  });

  it.each([
    ["delete-data", "active", "slipway solutions retire globex"],
    ["retire", "retired", "slipway solutions delete-data globex"],
    ["retire", "deletable", "remove its entry"],
    ["delete-data", "deletable", "remove its entry"],
  ])("refuses %s while it is %s, and names what is next", async (verb, state, next) => {
    const checkout = await tempCheckout();
    checkout.edit(FILE, "name: Globex\n", `name: Globex\n    state: ${state}\n`);
    const before = checkout.tree();
    const { error } = await json<ErrorDocument>(checkout.root, "solutions", verb, "globex");
    expect(error).toMatchObject({ code: "solution-state", message: expect.stringContaining(next) });
    expect(checkout.tree()).toEqual(before);
  });

  it("refuses a solution that is not there", async () => {
    const { root } = await tempCheckout();
    const { error } = await json<ErrorDocument>(root, "solutions", "retire", "nobody");
    expect(error.code).toBe("unknown-solution");
  });
});
