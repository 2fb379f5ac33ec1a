import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadCheckout, planStack, solutionClashes } from "../../config/index.ts";
import { goodCheckout } from "../fixtures/bad-input.ts";
import { tempCheckout } from "../fixtures/checkout.ts";

describe("loadCheckout", () => {
  it("finds nothing wrong with the product's own files", async () => {
    const checkout = await tempCheckout();
    const before = checkout.tree();
    const { checkout: loaded, problems, counts } = await loadCheckout(checkout.root);
    expect(problems).toEqual([]);
    expect(counts).toEqual({
      components: 8,
      apps: 5,
      records: 19,
      platforms: 1,
      environments: 1,
      stacks: 1,
      solutions: 20,
    });
    expect(loaded?.stacks.get("dev")?.registry).toMatchObject({ owned: true, name: "slipwaydev" });
    expect(checkout.tree()).toEqual(before);
  });

  it("finds nothing wrong with the checkout that every bad input starts from", async () => {
    const { checkout, problems } = await loadCheckout((await goodCheckout()).root);
    expect(problems).toEqual([]);
    expect(checkout).toBeDefined();
  });

  it("names the environment that is missing where there is no folder of them", async () => {
    const checkout = await goodCheckout();
    rmSync(checkout.path("environments"), { recursive: true });
    const { problems } = await loadCheckout(checkout.root);
    expect(problems.length).toBeGreaterThan(0);
    expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(["unknown-environment"]));
  });

  it("reports problems of several files at once", async () => {
    const checkout = await goodCheckout();
    checkout.edit("solutions.yaml", "id: globex\n", "id: Globex\n");
    checkout.edit("environments/dev.yaml", "aurora-webapp: 3.0.0", "aurora-webapp: 2.0.0");
    checkout.edit("releases/orbit-webapp/v1.3.0/release.yaml", "repo: platform", "repo: orion");
    const { problems } = await loadCheckout(checkout.root);
    expect(problems.map(({ code }) => code).sort()).toEqual([
      "record-not-deployable",
      "solution-id",
      "unknown-repository",
    ]);
  });

  it("takes a broken record that an environment points at for one problem", async () => {
    const checkout = await goodCheckout();
    checkout.edit("releases/orbit-webapp/v1.4.0/release.yaml", "target: container", "target: x");
    const { problems } = await loadCheckout(checkout.root);
    expect(problems.map(({ code }) => code)).toEqual(["schema"]);
  });

  it("reads what comes with Windows line ends and a byte order mark", async () => {
    const checkout = await goodCheckout();
    const text = checkout.read("solutions.yaml").replaceAll("\n", "\r\n");
    checkout.write("solutions.yaml", `\uFEFF${text}`);
    const { checkout: loaded, problems } = await loadCheckout(checkout.root);
    expect(problems).toEqual([]);
    expect(loaded?.solutions.find(({ id }) => id === "umbrella")).toMatchObject({
      name: "Umbrella Health",
      ring: "early",
      cell: "b",
      env: { SUPPORT_LEVEL: "gold" },
      customerRepository: "https://git.example.com/customers/umbrella.git",
      state: "active",
      keepData: false,
    });
  });

  it("takes an id such as constructor for an id like any other", async () => {
    const checkout = await goodCheckout();
    checkout.append("solutions.yaml", "  - { id: constructor, name: Constructor }\n");
    const { checkout: loaded, problems } = await loadCheckout(checkout.root);
    expect(problems).toEqual([]);
    const stack = loaded?.stacks.get("dev");
    if (loaded === undefined || stack === undefined) throw new Error("nothing loaded");
    const [a] = planStack(loaded, stack).cells;
    expect(a?.solutions.some(({ id }) => id === "constructor")).toBe(true);
  });
});

describe("solutionClashes", () => {
  const solutions = ["acme", "globex", "initech"].map((id, index) => ({ id, line: index + 10 }));

  it("names both ids when their hashes are the same", () => {
    const clashes = solutionClashes(solutions, (id) => (id === "acme" ? "0" : "1"));
    expect(clashes).toEqual([
      expect.objectContaining({
        code: "solution-collision",
        file: "solutions.yaml",
        line: 12,
        message: expect.stringMatching(/"initech".*\(1\).*"globex" in line 11/),
      }),
    ]);
  });

  it("finds none among different ids by the hash that names have", () => {
    expect(solutionClashes(solutions)).toEqual([]);
  });
});
