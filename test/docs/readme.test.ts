import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { tempCheckout } from "../fixtures/checkout.ts";
import { commandsOf } from "./commands.ts";

describe("README.md", () => {
  it("has commands that work in the order in which they stand", { timeout: 480_000 }, async () => {
    const checkout = await tempCheckout({ files: "product" });
    await checkout.commit("Start");
    const shell = { cwd: checkout.root, reject: false, all: true, stdin: "ignore" } as const;
    try {
      const { exitCode, all } = await execa("bash", ["-c", commandsOf("README.md")], shell);
      expect(exitCode, all).toBe(0);
      // The output that the page shows, less what differs between machines.
      expect(all).toMatch(/226 changed: 226 created, 15 builds/);
      expect(all).toMatch(
        /│ newcomer │ orbit \(orbit-webapp\) +│ +│ 1\.4\.0 [0-9a-f]{12} │ \+ create │/,
      );
      expect(all).toContain(
        "20 solutions unchanged; 9 to create, 0 to update, 0 to replace, 0 to delete, 226 the same",
      );
      expect(all).toMatch(/10 changed: 9 created, 1 updated/);
      expect(await checkout.git("status", "--porcelain")).toBe(
        [" M environments/dev.yaml", " M solutions.yaml", "?? environments/dev.yaml.bak"].join(
          "\n",
        ),
      );
    } finally {
      await execa("node", ["cli/slipway.mjs", "sandbox", "stop"], shell);
    }
  });
});
