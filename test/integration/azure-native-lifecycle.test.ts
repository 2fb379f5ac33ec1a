import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ACCOUNT, APP, type Fixture, LINK, SHARE, startFixture } from "./azure-native-fixture.ts";
import type { ProgramSettings } from "./azure-native-program.ts";

const IMAGE_2 = `slipwayimages1.azurecr.io/orbit-webapp@sha256:${"2".repeat(64)}`;

let fixture: Fixture;
/** The tests go on from one another, as a stack does. */
const program: ProgramSettings = {};

beforeAll(async () => {
  fixture = await startFixture();
  await up();
  await fixture.writes();
}, 300_000);

afterAll(() => fixture?.close());

describe("a converged stack", { timeout: 300_000 }, () => {
  it("has nothing to do: preview and refresh see no change, and nothing is written", async () => {
    expect(await fixture.preview()).toEqual({});
    const refresh = await fixture.pulumi(["refresh", "--yes", "--expect-no-changes"]);
    expect(refresh.exitCode, refresh.output).toBe(0);
    expect(await fixture.writes()).toEqual([]);
  });

  it("holds every secret encrypted", async () => {
    const { text, resources } = await fixture.state();
    const keys = await accountKeys();
    expect(keys).toHaveLength(2);
    for (const secret of [...keys, "app-token-1", "task-token-1"]) {
      expect(text).not.toContain(secret);
    }
    expect(isSecret(at(resources.link?.inputs, "properties", "azureFile", "accountKey"))).toBe(
      true,
    );
    expect(isSecret(at(resources.task?.inputs, "step", "contextAccessToken"))).toBe(true);
    const logs = at(
      resources.environment?.inputs,
      "appLogsConfiguration",
      "logAnalyticsConfiguration",
    );
    expect(isSecret(at(logs, "sharedKey"))).toBe(true);
  });

  it("shows a new image as one property of one app, and changes it in place", async () => {
    program.image = IMAGE_2;
    expect(await fixture.preview(program)).toEqual({ app: "update template.containers[0].image" });
    await up();
    expect(await fixture.writes()).toEqual(["PUT orbit-1"]);
    expect(JSON.stringify((await fixture.arm("GET", APP)).body)).toContain("2".repeat(64));
  });

  it("sees that a secret changed, and keeps it secret", async () => {
    Object.assign(program, { appToken: "app-token-2", taskToken: "task-token-2" });
    const output = await up(["--diff"]);
    expect(output).not.toContain("token-2");
    expect((await fixture.writes()).sort()).toEqual(["PUT orbit-1", "PUT orbit-webapp"]);
    expect((await fixture.state()).text).not.toContain("token-2");
  });

  it("replaces on a new location, the old one going first", async () => {
    program.spareLocation = "northeurope";
    expect(await fixture.preview(program)).toEqual({ spare: "replace location" });
    await up();
    expect(await fixture.writes()).toEqual(["DELETE slipwayspare1", "PUT slipwayspare1"]);
  });

  it("puts right what was changed behind its back, property by property", async () => {
    await change("PATCH", APP, { tags: { "managed-by": "slipway", team: "red", extra: "1" } });
    await change("PUT", SHARE, {
      properties: { shareQuota: 512, metadata: { solution: "other" } },
    });
    expect(await fixture.preview(program, ["--refresh"])).toEqual({
      app: "update tags.extra tags.team",
      share: "update metadata.solution shareQuota",
    });
    await fixture.writes();
    await up(["--refresh"]);
    expect((await fixture.writes()).sort()).toEqual(["PUT acme-customer", "PUT orbit-1"]);
    expect((await fixture.arm("GET", APP)).body.tags).toEqual({
      "managed-by": "slipway",
      team: "blue",
    });
    expect((await fixture.arm("GET", SHARE)).body.properties).toMatchObject({ shareQuota: 100 });
  });

  it("makes again what was deleted behind its back", async () => {
    await fixture.deleted(APP);
    await fixture.deleted(LINK);
    await fixture.writes();
    await up(["--refresh"]);
    expect((await fixture.writes()).sort()).toEqual(["PUT customer-rw-1", "PUT orbit-1"]);
    expect(await fixture.preview(program)).toEqual({});
  });

  it("cannot refresh a share that was deleted, as the official provider", async () => {
    for (const path of [APP, LINK, SHARE]) await fixture.deleted(path);
    const refresh = await fixture.pulumi(["refresh", "--yes"], program);
    expect(refresh.exitCode).not.toBe(0);
    expect(refresh.output).toContain('Status=404 Code="ShareNotFound"');
    await change("PUT", SHARE, { properties: { shareQuota: 100, metadata: { solution: "acme" } } });
    await fixture.writes();
    await up(["--refresh"]);
    expect((await fixture.writes()).sort()).toEqual(["PUT customer-rw-1", "PUT orbit-1"]);
  });

  it("takes a resource that is gone for deleted", async () => {
    program.withoutApp = true;
    await fixture.deleted(APP);
    await up();
    expect((await fixture.state()).resources).not.toHaveProperty("app");
  });
});

async function up(options: string[] = ["--skip-preview"]): Promise<string> {
  const { exitCode, output } = await fixture.pulumi(["up", "--yes", ...options], program);
  expect(exitCode, output).toBe(0);
  return output;
}

async function change(method: string, path: string, body: unknown): Promise<void> {
  const answer = await fixture.arm(method, path, body);
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
}

async function accountKeys(): Promise<string[]> {
  const { body } = await fixture.arm("POST", `${ACCOUNT}/listKeys`);
  return (body.keys as { value: string }[]).map(({ value }) => value);
}

function at(value: unknown, ...path: string[]): unknown {
  return path.reduce((each, name) => (each as Record<string, unknown> | undefined)?.[name], value);
}

/** The engine's mark of an encrypted value. */
function isSecret(value: unknown): boolean {
  return at(value, "4dabf18193072939515e22adb298388d") === "1b47061264138c4ac30d75fd1eb44270";
}
