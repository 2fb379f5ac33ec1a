import { describe, expect, it } from "vitest";
import { armApiVersion, armId } from "../../cli/up/arm-ids.ts";
import { plannedInputs } from "../../cli/up/planned-ids.ts";
import { SUBSCRIPTION, stackPlan } from "./fixtures.ts";

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const CELL = `/subscriptions/${SUBSCRIPTION}/resourceGroups/cell-a`;

describe("armId", () => {
  it.each([
    ["resources:ResourceGroup", { resourceGroupName: "cell-a" }, CELL],
    [
      "app:ContainerApp",
      { resourceGroupName: "cell-a", containerAppName: "orbit-1" },
      `${CELL}/providers/Microsoft.App/containerApps/orbit-1`,
    ],
    [
      "app/v20250101:ContainerApp",
      { resourceGroupName: "cell-a", containerAppName: "orbit-1" },
      `${CELL}/providers/Microsoft.App/containerApps/orbit-1`,
    ],
    [
      "storage:FileShare",
      { resourceGroupName: "cell-a", accountName: "acc", shareName: "acme-customer" },
      `${CELL}/providers/Microsoft.Storage/storageAccounts/acc/fileServices/default/shares/acme-customer`,
    ],
    [
      "authorization:RoleAssignment",
      {
        scope: `${CELL}/providers/Microsoft.ContainerRegistry/registries/r`,
        roleAssignmentName: "g",
      },
      `${CELL}/providers/Microsoft.ContainerRegistry/registries/r/providers/Microsoft.Authorization/roleAssignments/g`,
    ],
    [
      "authorization:RoleAssignment",
      { scope: "subscriptions/s", roleAssignmentName: "g" },
      "/subscriptions/s/providers/Microsoft.Authorization/roleAssignments/g",
    ],
  ])("of %s is the path that Azure has it under", (type, inputs, id) => {
    expect(armId(`azure-native:${type}`, inputs, SUBSCRIPTION)).toBe(id);
    expect(armApiVersion(`azure-native:${type}`)).toMatch(/^\d{4}-\d\d-\d\d/);
  });

  it.each([
    ["is unknown", { resourceGroupName: UNKNOWN, containerAppName: "a" }],
    ["is missing", { containerAppName: "a" }],
    ["is a secret", { resourceGroupName: { ciphertext: "v1:" }, containerAppName: "a" }],
  ])("is not made up when a name %s", (_how, inputs) => {
    expect(armId("azure-native:app:ContainerApp", inputs, SUBSCRIPTION)).toBeUndefined();
  });

  it("is none for what Azure does not know", () => {
    expect(armId("slipway:acr:Run", { registryId: "x" }, SUBSCRIPTION)).toBeUndefined();
  });
});

describe("plannedInputs", () => {
  const complete = plannedInputs(stackPlan());
  const idOf = (type: string, inputs: Record<string, unknown>) =>
    armId(`azure-native:${type}`, complete(`azure-native:${type}`, inputs), SUBSCRIPTION);

  it.each([
    [
      "app:ContainerApp",
      { containerAppName: "orbit-822b33ad87c1" },
      "containerApps/orbit-822b33ad87c1",
    ],
    [
      "app:ContainerApp",
      { containerAppName: "aurora-0123456789ab" },
      "containerApps/aurora-0123456789ab",
    ],
    [
      "storage:FileShare",
      { shareName: "acme-customer" },
      "accounta/fileServices/default/shares/acme-customer",
    ],
    [
      "app:ManagedEnvironmentsStorage",
      { storageName: "customer-rw-822b33ad87c1" },
      "environment-a/storages/customer-rw-822b33ad87c1",
    ],
    [
      "containerregistry:Task",
      { taskName: "build-orbit-webapp" },
      "registries/slipwaydev/tasks/build-orbit-webapp",
    ],
    [
      "authorization:RoleAssignment",
      { roleAssignmentName: "5e7a0b1c-0000-4000-8000-000000000001" },
      "registries/slipwaydev/providers/Microsoft.Authorization/roleAssignments/5e7a0b1c-0000-4000-8000-000000000001",
    ],
  ])("fills in what a preview of a new %s cannot know", (type, own, end) => {
    const unknown = {
      resourceGroupName: UNKNOWN,
      accountName: UNKNOWN,
      environmentName: UNKNOWN,
      registryName: UNKNOWN,
      scope: UNKNOWN,
    };
    const id = idOf(type, { ...unknown, ...own });
    expect(id?.endsWith(end)).toBe(true);
    expect(id).not.toContain(UNKNOWN);
  });

  it("leaves what the plan does not name", () => {
    expect(idOf("app:ContainerApp", { containerAppName: "other" })).toBeUndefined();
  });

  it("tells nothing of a name that stands in two groups", () => {
    const plan = stackPlan();
    const [cell] = plan.cells;
    if (cell === undefined) throw new Error("the fixture has no cell");
    const twin = { ...cell, config: { ...cell.config, name: "b", resourceGroup: "cell-b" } };
    const both = plannedInputs({ ...plan, cells: [cell, twin] });
    const type = "azure-native:app:ManagedEnvironment";
    const inputs = both(type, { environmentName: "environment-a" });
    expect(armId(type, inputs, SUBSCRIPTION)).toBeUndefined();
  });
});
