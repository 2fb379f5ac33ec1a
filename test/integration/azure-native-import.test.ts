import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fixture, type StateResource, startFixture } from "./azure-native-fixture.ts";

let fixture: Fixture;
let made: Record<string, StateResource>;

beforeAll(async () => {
  fixture = await startFixture();
  const { exitCode, output } = await fixture.pulumi(["up", "--yes", "--skip-preview"]);
  expect(exitCode, output).toBe(0);
  made = (await fixture.state()).resources;
  await fixture.forget();
  await fixture.writes();
}, 300_000);

afterAll(() => fixture?.close());

describe("import", { timeout: 300_000 }, () => {
  it("takes one resource of each type by its id, with inputs that the next update only completes", async () => {
    const resources = Object.entries(made)
      .filter(([, { type }]) => type.startsWith("azure-native:"))
      .map(([name, { type, id }]) => ({ type, name, id }));
    expect(new Set(resources.map(({ type }) => type)).size).toBe(11);
    const file = join(fixture.root, "import.json");
    await writeFile(file, JSON.stringify({ nameTable: {}, resources }));
    const args = ["import", "--file", file, "--yes", "--protect=false", "--generate-code=false"];
    const imported = await fixture.pulumi([...args, "--skip-preview"]);
    expect(imported.exitCode, imported.output).toBe(0);
    expect(await fixture.writes()).toEqual([]);

    const { resources: state } = await fixture.state();
    expect(state.share?.inputs).toMatchObject({
      resourceGroupName: "cell-1",
      accountName: "slipwaydata1",
      shareName: "acme-customer",
      shareQuota: 100,
      metadata: { solution: "acme" },
    });
    expect(state.pull?.inputs).toMatchObject({ scope: made.registry?.id });
    expect(state.app?.inputs).toMatchObject({
      containerAppName: "orbit-1",
      environmentId: made.environment?.id,
      identity: { userAssignedIdentities: [made.identity?.id] },
    });
    expect(state.app?.inputs).not.toHaveProperty("managedEnvironmentId");

    const plan = Object.values(await fixture.preview()).map((step) => step.split(" ")[0]);
    expect(plan.filter((op) => op !== "update")).toEqual([]);
    const up = await fixture.pulumi(["up", "--yes", "--skip-preview"]);
    expect(up.exitCode, up.output).toBe(0);
    expect((await fixture.writes()).filter((write) => !write.startsWith("PUT"))).toEqual([]);
    expect(await fixture.preview()).toEqual({});
  });

  it("says so when there is nothing under the id", async () => {
    const id = `${made.app?.id}-none`;
    const args = ["import", "azure-native:app:ContainerApp", "none", id, "--yes"];
    const { exitCode, output } = await fixture.pulumi([...args, "--generate-code=false"]);
    expect(exitCode).not.toBe(0);
    expect(output).toContain("does not exist");
  });

  it("refuses an id of another type", async () => {
    const id = made.app?.id ?? "";
    const args = ["import", "azure-native:storage:FileShare", "wrong", id, "--yes"];
    const { exitCode, output } = await fixture.pulumi([...args, "--generate-code=false"]);
    expect(exitCode).not.toBe(0);
    expect(output).toContain("is not an id of azure-native:storage:FileShare");
  });
});
