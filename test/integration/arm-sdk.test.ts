import { writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fixture, startFixture } from "../sandbox/arm/fixture.ts";

const PROGRAM = fileURLToPath(new URL("arm-sdk-program.ts", import.meta.url));
const IMAGE = {
  registry: "sdkreg.azurecr.io",
  repository: "api",
  tag: "1",
  digest: `sha256:${"a".repeat(64)}`,
};

let fixture: Fixture;

beforeAll(async () => {
  fixture = await startFixture();
  fixture.images.add("sdkreg.azurecr.io/api:1");
  fixture.runner = {
    async run(_request, log) {
      log("built\n");
      return { status: "Succeeded", outputImages: [IMAGE] };
    },
  };
});
afterAll(() => fixture.stop());

describe("the official SDKs", () => {
  it("create, read, update, list and delete every kind of resource", async () => {
    const ca = path.join(fixture.stateDir, "ca.pem");
    writeFileSync(ca, fixture.tls.cert);
    const { stdout } = await execa(
      process.execPath,
      ["--import", "tsx", PROGRAM, fixture.arm.endpoint],
      {
        env: {
          NODE_EXTRA_CA_CERTS: ca,
          IDENTITY_ENDPOINT: `http://127.0.0.1:${fixture.ports.identity}/msi/token`,
          IDENTITY_HEADER: fixture.arm.identityHeader,
        },
      },
    );
    expect(JSON.parse(stdout)).toEqual({
      group: { made: "by-sdk" },
      groups: ["rg"],
      groupExists: false,
      identity: true,
      identities: ["puller"],
      workspaces: ["logs"],
      registry: "sdkreg.azurecr.io",
      registryUpdated: { a: "b" },
      registries: ["sdkreg"],
      assignments: ["11111111-2222-4333-8444-555555555555"],
      taskDetails: "git-token",
      run: { status: "Succeeded", images: [IMAGE] },
      log: "built\n",
      runs: ["ca1"],
      account: { kind: "FileStorage", state: "Succeeded" },
      accountUpdated: { a: "b" },
      share: 200,
      shares: ["data"],
      accounts: ["sdkacct"],
      environment: "Succeeded",
      app: { state: "Succeeded", fqdn: true },
      appSecrets: [{ name: "token", value: "secret" }],
      appUpdated: { a: "b" },
      revisions: 1,
      apps: ["app"],
      missingImage: true,
      inUse: [409, "ManagedEnvironmentStorageInUse"],
      notFound: [404, "ResourceNotFound"],
      left: [],
      groupsLeft: [],
    });
    const lines = await fixture.control.requests();
    expect(lines.filter((line) => line.status >= 500)).toEqual([]);
    // A poll is held until its operation ends, so that no client waits out its two seconds.
    const polled = lines.filter((line) => line.method === "GET" && line.operation !== undefined);
    expect(new Set(polled.map((line) => line.operation)).size).toBe(polled.length);
  }, 90_000);
});
