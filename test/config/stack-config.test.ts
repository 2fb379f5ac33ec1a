import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { loadCheckout, stackConfigFrom } from "../../config/index.ts";
import { SlipwayError } from "../../schemas/index.ts";
import { goodCheckout, STACK_FILE } from "../fixtures/bad-input.ts";
import { tempCheckout } from "../fixtures/checkout.ts";

const IDENTITY = { project: "slipway", stack: "dev" };

const VALUES = {
  "azure-native:subscriptionId": "00000000-0000-4000-8000-736c69707761",
  "azure-native:location": "westeurope",
  "slipway:environment": "dev",
  "slipway:registry": '{"owned":true}',
  "slipway:cells": '[{"name":"a"},{"name":"b"}]',
};

/** As the engine hands config to a program: text, and JSON for anything else. */
function asEngineHas(config: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

describe("stackConfigFrom", () => {
  it("says the same of the engine's values as of the stack's file", async () => {
    for (const checkout of [await goodCheckout(), await tempCheckout()]) {
      const { config } = parse(checkout.read(STACK_FILE));
      const { checkout: loaded } = await loadCheckout(checkout.root);
      expect(stackConfigFrom(asEngineHas(config), IDENTITY)).toEqual(loaded?.stacks.get("dev"));
    }
  });

  it("derives the names that are not given, one set per cell", () => {
    const { cells, registry, sharedCell, shareQuotaGib } = stackConfigFrom(VALUES, IDENTITY);
    const names = cells.flatMap((cell) => [
      cell.resourceGroup,
      cell.managedEnvironment,
      cell.logWorkspace,
      cell.storageAccount,
      cell.identity,
    ]);
    expect(new Set(names).size).toBe(10);
    expect(registry).toMatchObject({ owned: true, sku: "Standard", location: "westeurope" });
    expect({ sharedCell, shareQuotaGib }).toEqual({ sharedCell: "a", shareQuotaGib: 100 });
  });

  it("keeps of secrets only which are set, and repeats none in a message", () => {
    const secret = "hunter2";
    const values = {
      ...VALUES,
      "slipway:source_tokens": JSON.stringify({ platform: secret }),
      "slipway:customer_repository_token": secret,
      "slipway:customer_repository_tokens": JSON.stringify({ acme: secret }),
    };
    const config = stackConfigFrom(values, IDENTITY);
    expect(config.secrets).toEqual({
      sourceTokens: ["platform"],
      customerToken: true,
      customerTokens: ["acme"],
    });
    expect(JSON.stringify(config)).not.toContain(secret);
    for (const key of Object.keys(values)) {
      const message = messageOf(() =>
        stackConfigFrom({ ...values, [key]: secret, "slipway:colour": secret }, IDENTITY),
      );
      if (key.includes("token")) expect(message).not.toContain(secret);
    }
  });

  it("throws every problem at once, each naming the stack's file", () => {
    const { "slipway:cells": _, ...rest } = VALUES;
    const values = {
      ...rest,
      "azure-native:location": "West Europe",
      "slipway:share_quota_gib": "50",
    };
    expect(() => stackConfigFrom(values, IDENTITY)).toThrow(SlipwayError);
    const message = messageOf(() => stackConfigFrom(values, IDENTITY));
    expect(message.split("\n")).toHaveLength(3);
    expect(message).toMatch(
      /^Pulumi\.dev\.yaml: config\["slipway:share_quota_gib"\]: found the number 50/m,
    );
  });

  it("takes a buildx builder's name, and a registry by id", () => {
    const id =
      "/subscriptions/00000000-0000-4000-8000-736c69707761/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/slipwaydev";
    const config = stackConfigFrom(
      {
        ...VALUES,
        "slipway:builder": '{"buildkit":"local"}',
        "slipway:registry": JSON.stringify({ owned: false, id }),
      },
      IDENTITY,
    );
    expect(config.builder).toEqual({ kind: "buildkit", builder: "local" });
    expect(config.registry).toEqual({ owned: false, id, name: "slipwaydev" });
  });
});

function messageOf(work: () => unknown): string {
  try {
    work();
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
