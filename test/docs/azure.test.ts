import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { findTool, whyMissing } from "../../tools/find.mjs";
import { known, startWorld } from "../e2e/world.ts";
import { commandsOf } from "./commands.ts";

/** `az login` opens a browser; the sandbox's managed identity logs in without one. */
const LOGIN = `az() {
  if [ "$*" = login ]; then command az login --identity; else command az "$@"; fi
}
`;

const missing = whyMissing("az");

describe.skipIf(missing !== undefined)(
  `docs/AZURE.md${missing === undefined ? "" : `: ${missing}`}`,
  () => {
    it("has commands that work in the order in which they stand", {
      timeout: 480_000,
    }, async () => {
      const world = await startWorld();
      try {
        const { PULUMI_STACK: _, ...env } = world.env;
        const result = await world.run("bash", ["-c", LOGIN + commandsOf("docs/AZURE.md")], {
          ...env,
          PATH: `${dirname(findTool("az") ?? "")}:${known(env, "PATH")}`,
          SUBSCRIPTION_ID: known(env, "ARM_SUBSCRIPTION_ID"),
          REGISTRY_NAME: "slipwaydocs",
          SOURCE_TOKEN: "sandbox-source-token",
          CUSTOMER_TOKEN: "sandbox-customer-token",
        });
        expect(result.exitCode, result.all).toBe(0);
        // Not ephemeral: the builds' digests are in the records now, and the secrets in no file.
        const record = world.checkout.read("releases/orbit-webapp/v1.4.0/release.yaml");
        expect(record).toMatch(/registry: slipwaydocs\.azurecr\.io/);
        expect(record).toMatch(/digest: "?sha256:[0-9a-f]{64}/);
        expect(world.checkout.read("Pulumi.production.yaml")).not.toContain("sandbox-");
      } finally {
        await world.stop();
      }
    });
  },
);
