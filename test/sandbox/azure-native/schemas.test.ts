import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { RESOURCE_TYPES } from "../../../sandbox/azure-native/resources/index.ts";
import { generateSchemas } from "../../../sandbox/azure-native/schema/generate.ts";
import { simplify } from "../../../sandbox/azure-native/schema/simplify.ts";
import * as schemas from "../../../sandbox/azure-native/schemas.ts";

const CHECKOUT = join(import.meta.dirname, "../../..");

describe("schemas.generated.json", () => {
  it("is what the installed @pulumi/azure-native gives", () => {
    const committed = join(CHECKOUT, "sandbox/azure-native/schemas.generated.json");
    const generated = `${JSON.stringify(generateSchemas({ checkout: CHECKOUT }))}\n`;
    expect(generated === readFileSync(committed, "utf8"), "run schema/write.ts").toBe(true);
  });

  it("closes every object and leaves no type open", () => {
    const open: string[] = [];
    const visit = (node: unknown, at: string): void => {
      if (typeof node !== "object" || node === null) return;
      const schema = node as { type?: string; additionalProperties?: unknown; allOf?: unknown };
      const conditional = schema.allOf !== undefined || at.endsWith(".if");
      if (schema.type === "object" && schema.additionalProperties === undefined && !conditional) {
        open.push(at);
      }
      for (const [name, value] of Object.entries(node)) visit(value, `${at}.${name}`);
    };
    for (const token of RESOURCE_TYPES.keys()) visit(schemas.describe(token).inputs, token);
    expect(open).toEqual([]);
  });

  it("has no alternatives, for which a value that is not known yet would be told at another", () => {
    const inputs = [...RESOURCE_TYPES.keys()].map((token) => schemas.describe(token).inputs);
    expect(JSON.stringify(inputs)).not.toMatch(/"(?:anyOf|oneOf|not)":/);
  });

  it("names the outputs of every resource type", () => {
    for (const token of RESOURCE_TYPES.keys()) {
      expect(schemas.describe(token).outputs, token).toEqual(
        expect.arrayContaining(["name", "type", "azureApiVersion"]),
      );
    }
  });
});

describe("simplify", () => {
  it("makes `string | Enum` the enum", () => {
    const schema = simplify({
      type: "object",
      properties: {
        kind: { anyOf: [{ type: "string" }, { $ref: "#/definitions/Kind" }] },
      },
      definitions: { Kind: { type: "string", enum: ["a", "b"] } },
    });
    expect(schema.properties?.kind).toEqual({ $ref: "#/definitions/Kind" });
  });

  it("refuses a type that was not resolved, which would accept anything", () => {
    expect(() => simplify({ type: "object", properties: { x: {} } })).toThrow("inputs.x");
  });
});

describe("projectToInputs", () => {
  it("drops what is no input, at every level", () => {
    const projected = schemas.projectToInputs("azure-native:app:ContainerApp", {
      provisioningState: "Succeeded",
      configuration: { ingress: { external: true, fqdn: "x.example" } },
      template: {
        containers: [{ name: "a", image: "i", resources: { cpu: 1, ephemeralStorage: "1Gi" } }],
      },
    });
    expect(projected).toEqual({
      configuration: { ingress: { external: true } },
      template: { containers: [{ name: "a", image: "i", resources: { cpu: 1 } }] },
    });
  });

  it("turns identities back into the list that programs write", () => {
    const userAssignedIdentities = { "/b": { clientId: "1" }, "/a": { clientId: "2" } };
    const projected = schemas.projectToInputs("azure-native:app:ContainerApp", {
      identity: { type: "UserAssigned", principalId: "3", userAssignedIdentities },
    });
    expect(projected).toEqual({
      identity: { type: "UserAssigned", userAssignedIdentities: ["/a", "/b"] },
    });
  });

  it("follows the step's type", () => {
    const projected = schemas.projectToInputs("azure-native:containerregistry:Task", {
      step: { type: "EncodedTask", encodedTaskContent: "eA==", baseImageDependencies: [] },
    });
    expect(projected).toEqual({ step: { type: "EncodedTask", encodedTaskContent: "eA==" } });
  });
});
