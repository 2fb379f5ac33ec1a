import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openVault } from "../../../sandbox/arm/core/vault.ts";
import { type Fixture, startFixture, withGroup } from "./fixture.ts";
import {
  ACCOUNT,
  app,
  appBody,
  ENVIRONMENT,
  errorCode,
  LOCATION,
  putApp,
  putShare,
  putStorage,
  REGISTRY,
  STORAGE_VERSION,
  TASK_VERSION,
  taskBody,
  withAccount,
  withEnvironment,
  withRegistry,
} from "./world.ts";

let fixture: Fixture;
let key: string;

const SECRETS = [
  "app-secret-value",
  "changed-secret-value",
  "git-token-value",
  "logs-key-value",
  "task-value",
];

beforeAll(async () => {
  fixture = await startFixture();
  await withGroup(fixture);
  await withEnvironment(fixture);
  await withRegistry(fixture);
  key = await withAccount(fixture);
  await putShare(fixture, "data");
  await putStorage(fixture, "data", { accountKey: key });
  const analytics = { customerId: "c", sharedKey: "logs-key-value" };
  const properties = {
    appLogsConfiguration: { destination: "log-analytics", logAnalyticsConfiguration: analytics },
  };
  await fixture.settle("PUT", `${ENVIRONMENT}2`, { ...LOCATION, properties });
  const values = [{ name: "a", value: "task-value", isSecret: true }];
  await fixture.call(
    "PUT",
    `${REGISTRY}/tasks/build`,
    taskBody({ contextAccessToken: "git-token-value", values }),
    TASK_VERSION,
  );
});
afterAll(() => fixture.stop());

const withSecret = (value: string) => ({
  configuration: { secrets: [{ name: "token", value }] },
  container: { env: [{ name: "TOKEN", secretRef: "token" }] },
});

describe("secrets", () => {
  it("are not in an app's answers, except for listSecrets", async () => {
    const put = await fixture.call("PUT", app("app"), appBody(withSecret("app-secret-value")));
    expect(put.body.properties.configuration.secrets).toEqual([{ name: "token" }]);
    await fixture.settle("GET", app("app"));
    const listed = await fixture.call("POST", `${app("app")}/listSecrets`);
    expect(listed.body).toEqual({ value: [{ name: "token", value: "app-secret-value" }] });
    const revision = (await fixture.call("GET", `${app("app")}/revisions`)).body;
    expect(JSON.stringify([put.body, revision])).not.toContain("app-secret-value");
  });

  it("change without a new revision, and are kept by a patch that names them only", async () => {
    const ended = await putApp(fixture, "app", withSecret("changed-secret-value"));
    expect(ended.body.status).toBe("Succeeded");
    const patch = {
      properties: { configuration: { secrets: [{ name: "token" }] } },
      tags: { a: "b" },
    };
    await fixture.settle("PATCH", app("app"), patch);
    const listed = await fixture.call("POST", `${app("app")}/listSecrets`);
    expect(listed.body.value).toEqual([{ name: "token", value: "changed-secret-value" }]);
    expect((await fixture.call("GET", `${app("app")}/revisions`)).body.value).toHaveLength(1);
    const unknown = { properties: { configuration: { secrets: [{ name: "other" }] } } };
    expect(errorCode(await fixture.call("PATCH", app("app"), unknown))).toEqual([
      400,
      "ContainerAppSecretInvalid",
    ]);
  });

  it("are in no file of the state in clear", async () => {
    const keys = await fixture.call("POST", `${ACCOUNT}/listKeys`, undefined, STORAGE_VERSION);
    const values = [
      ...SECRETS,
      key,
      ...keys.body.keys.map((each: { value: string }) => each.value),
      fixture.arm.identityHeader,
      await fixture.control.token(),
    ];
    const files = filesUnder(fixture.stateDir);
    expect(files.map((file) => path.basename(file))).toContain("requests.jsonl");
    for (const file of files) {
      const bytes = readFileSync(file);
      for (const value of values) expect(bytes.includes(value), `${file}: ${value}`).toBe(false);
    }
  });
});

describe("the vault", () => {
  it("opens what it sealed and nothing else", () => {
    const vault = openVault(fixture.stateDir);
    const sealed = vault.seal("text");
    expect(openVault(fixture.stateDir).open(sealed)).toBe("text");
    expect(vault.seal("text")).not.toBe(sealed);
    const bytes = Buffer.from(sealed, "base64");
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    expect(() => vault.open(bytes.toString("base64"))).toThrow();
  });

  it("keeps its key to its owner", () => {
    expect(statSync(path.join(fixture.stateDir, "secret.key")).mode & 0o777).toBe(0o600);
  });
});

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}
