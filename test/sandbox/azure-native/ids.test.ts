import { describe, expect, it } from "vitest";
import {
  automaticName,
  idFromInputs,
  inputsFromId,
  nameInput,
  pathFromId,
} from "../../../sandbox/azure-native/ids.ts";
import { resourceType } from "../../../sandbox/azure-native/provider.ts";
import { RESOURCE_TYPES } from "../../../sandbox/azure-native/resources/index.ts";
import { UNKNOWN } from "../../../sandbox/azure-native/values.ts";

const share = resourceType("azure-native:storage:FileShare");
const assignment = resourceType("azure-native:authorization:RoleAssignment");

describe("idFromInputs", () => {
  it("fills the path in", () => {
    const inputs = { resourceGroupName: "rg", accountName: "acc", shareName: "acme-customer" };
    expect(idFromInputs(share, inputs, "sub").id).toBe(
      "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/acc/fileServices/default/shares/acme-customer",
    );
  });

  it("writes a scope with one slash", () => {
    const inputs = { scope: "/subscriptions/s/resourceGroups/rg", roleAssignmentName: "n" };
    expect(idFromInputs(assignment, inputs, "s").id).toBe(
      "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Authorization/roleAssignments/n",
    );
  });

  it("refuses a part that is not known", () => {
    const inputs = { resourceGroupName: "rg", accountName: UNKNOWN, shareName: "s" };
    expect(() => idFromInputs(share, inputs, "sub")).toThrow("'accountName'");
  });
});

describe("inputsFromId", () => {
  it.each([...RESOURCE_TYPES.values()])("is the reverse for $token", (type) => {
    const inputs = Object.fromEntries(
      [...type.path.matchAll(/\{(\w+)\}/g)]
        .map(([, name = ""]) => name)
        .filter((name) => name !== "subscriptionId")
        .map((name) => [
          name,
          name === "scope" ? "/subscriptions/s/resourceGroups/g" : `${name}-1`,
        ]),
    );
    expect(inputsFromId(type, idFromInputs(type, inputs, "s").id)).toEqual(inputs);
    expect(Object.keys(inputs)).toContain(nameInput(type));
  });

  it("takes an id in any case, and no id of another type", () => {
    expect(
      pathFromId(
        resourceType("azure-native:resources:ResourceGroup"),
        "/SUBSCRIPTIONS/s/resourceGroups/g",
      ),
    ).toEqual({
      subscriptionId: "s",
      resourceGroupName: "g",
    });
    expect(() => pathFromId(share, "/subscriptions/s/resourceGroups/g")).toThrow("is not an id of");
  });
});

describe("automaticName", () => {
  const seed = Buffer.from("seed");
  it("adds a suffix to a top-level resource, the same for the same seed", () => {
    const group = resourceType("azure-native:resources:ResourceGroup");
    const name = automaticName(group, "main", seed);
    expect(name).toMatch(/^main[0-9a-f]{8}$/);
    expect(automaticName(group, "main", seed)).toBe(name);
    expect(automaticName(group, "main", Buffer.from("other"))).not.toBe(name);
  });

  it("takes a child's logical name, and a GUID for a role assignment", () => {
    expect(automaticName(share, "acme", seed)).toBe("acme");
    expect(automaticName(assignment, "pull", seed)).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });
});
