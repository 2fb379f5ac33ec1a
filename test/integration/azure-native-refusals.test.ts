import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { APP, type Fixture, GROUP, startFixture } from "./azure-native-fixture.ts";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture();
}, 60_000);
afterAll(() => fixture?.close());

describe("the engine with the stand-in plugin", { timeout: 300_000 }, () => {
  it("fails a preview on bad inputs, naming each property, and writes nothing", async () => {
    const configuration = { bogus: 1, activeRevisionsMode: "Double", registries: [{ servr: "x" }] };
    const { exitCode, output } = await fixture.pulumi(["preview"], { configuration });
    expect(exitCode).not.toBe(0);
    expect(output).toContain(
      "'configuration.bogus' is not a property of azure-native:app:ContainerApp",
    );
    expect(output).toContain("'configuration.activeRevisionsMode' must be one of");
    expect(output).toContain("'configuration.registries[0].servr'");
    expect(await fixture.writes()).toEqual([]);
  });

  it("refuses to adopt what exists", async () => {
    const body = { location: "westeurope" };
    expect((await fixture.arm("PUT", GROUP, body)).status).toBe(201);
    await fixture.writes();
    const { exitCode, output } = await fixture.pulumi(["up", "--yes", "--skip-preview"]);
    expect(exitCode).not.toBe(0);
    expect(output).toContain(
      `cannot create already existing resource '${GROUP.replace("resourceGroups", "resourcegroups")}'`,
    );
    expect(await fixture.writes()).toEqual([]);
    await fixture.deleted(GROUP);
    await fixture.writes();
  });

  it("keeps an app that Azure made but that did not come up, and mends it in place", async () => {
    const image = "slipwayimages1.azurecr.io/missing@sha256:".concat("3".repeat(64));
    const failed = await fixture.pulumi(["up", "--yes", "--skip-preview"], { image });
    expect(failed.exitCode).not.toBe(0);
    const kept = (await fixture.state()).resources.app;
    expect(kept?.id).toBe(APP);
    expect(kept?.initErrors?.join()).toContain("missing");
    await fixture.writes();

    const mended = await fixture.pulumi(["up", "--yes", "--skip-preview"]);
    expect(mended.exitCode, mended.output).toBe(0);
    expect(await fixture.writes()).toEqual(["PUT orbit-1"]);
    expect((await fixture.state()).resources.app?.initErrors ?? []).toEqual([]);
  });

  it("refuses what its SDK would leave out, before anything is sent", async () => {
    const configuration = { targetLabel: "blue" };
    const { exitCode, output } = await fixture.pulumi(["up", "--yes", "--skip-preview"], {
      configuration,
    });
    expect(exitCode).not.toBe(0);
    expect(output).toContain("'configuration.targetLabel'");
    expect(await fixture.writes()).toEqual([]);
  });

  it("shows what Azure said, with status and code, and retries what may be retried", async () => {
    const program = { team: "green" };
    const busy = { status: 503, code: "ServerBusy", message: "Busy.", retryAfter: 0 };
    const denied = { status: 403, code: "AuthorizationFailed", message: "Not you." };
    await fixture.fault({
      method: "PUT",
      match: "/containerApps/",
      count: 1,
      when: "before",
      action: busy,
    });
    await fixture.fault({
      method: "PUT",
      match: "/registries/[^/]+$",
      count: 1,
      when: "before",
      action: denied,
    });
    const failed = await fixture.pulumi(["up", "--yes", "--skip-preview"], program);
    expect(failed.exitCode).not.toBe(0);
    expect(failed.output).toContain('Status=403 Code="AuthorizationFailed" Message="Not you."');
    const again = await fixture.pulumi(["up", "--yes", "--skip-preview"], program);
    expect(again.exitCode, again.output).toBe(0);
    expect((await fixture.arm("GET", APP)).body.tags).toMatchObject({ team: "green" });
  });
});
