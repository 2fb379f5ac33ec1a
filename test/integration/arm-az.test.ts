import { writeFileSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findTool, whyMissing } from "../../tools/find.mjs";
import { type Fixture, GROUP, startFixture, withGroup } from "../sandbox/arm/fixture.ts";
import {
  putApp,
  putShare,
  putStorage,
  REGISTRY,
  TASK_VERSION,
  taskBody,
  withAccount,
  withEnvironment,
  withRegistry,
} from "../sandbox/arm/world.ts";

const AZ = findTool("az");
const MISSING = whyMissing("az");
const DIGEST = `sha256:${"a".repeat(64)}`;

describe.skipIf(MISSING !== undefined)(`az${MISSING === undefined ? "" : `: ${MISSING}`}`, () => {
  let fixture: Fixture;
  let env: Record<string, string>;

  beforeAll(async () => {
    fixture = await startFixture();
    const ca = path.join(fixture.stateDir, "ca.pem");
    writeFileSync(ca, fixture.tls.cert);
    env = {
      REQUESTS_CA_BUNDLE: ca,
      AZURE_CONFIG_DIR: path.join(fixture.stateDir, "azure"),
      AZURE_CORE_COLLECT_TELEMETRY: "false",
      // `az login --service-principal` would ask Microsoft whether it knows the authority.
      AZURE_CORE_INSTANCE_DISCOVERY: "false",
      IDENTITY_ENDPOINT: `http://127.0.0.1:${fixture.ports.identity}/msi/token`,
      IDENTITY_HEADER: fixture.arm.identityHeader,
    };
    await withGroup(fixture);
    await withEnvironment(fixture);
    await withRegistry(fixture);
    const accountKey = await withAccount(fixture);
    await putShare(fixture, "data");
    await putStorage(fixture, "data", { accountKey });
    await putApp(fixture, "app", { suffix: "r1" });
    await fixture.call("PUT", `${REGISTRY}/tasks/api-build`, taskBody(), TASK_VERSION);
    fixture.runner = {
      async run(_request, log) {
        log("step 1\n");
        // Long enough that `az` follows a log that grows.
        await new Promise((resolve) => setTimeout(resolve, 1000));
        log("step 2\n");
        const image = {
          registry: "myreg.azurecr.io",
          repository: "api",
          tag: "1",
          digest: DIGEST,
        };
        return { status: "Succeeded", outputImages: [image] };
      },
    };
    await text(
      "cloud",
      "register",
      "-n",
      "Sandbox",
      "--endpoint-resource-manager",
      fixture.arm.endpoint,
    );
    await text("cloud", "set", "-n", "Sandbox");
  }, 180_000);
  afterAll(() => fixture?.stop());

  async function text(...args: string[]): Promise<string> {
    if (AZ === undefined) throw new Error("az is not set up: run npm test");
    return (await execa(AZ, args, { env })).stdout;
  }
  const names = async (...args: string[]) => JSON.parse(await text(...args, "--query", "[].name"));
  const registry = ["-r", "myreg", "-g", "rg"];

  it("logs in with a managed identity", async () => {
    const [account] = JSON.parse(await text("login", "--identity"));
    expect(account).toMatchObject({
      name: "Sandbox",
      state: "Enabled",
      environmentName: "Sandbox",
    });
  });

  it.each([
    ["groups", ["group", "list"], ["rg"]],
    ["apps", ["containerapp", "list"], ["app"]],
    ["revisions", ["containerapp", "revision", "list", "-n", "app", "-g", "rg"], ["app--r1"]],
    ["environments", ["containerapp", "env", "list"], ["env"]],
    ["storages", ["containerapp", "env", "storage", "list", "-n", "env", "-g", "rg"], ["data"]],
    ["accounts", ["storage", "account", "list"], ["acct"]],
    ["shares", ["storage", "share-rm", "list", "--storage-account", "acct", "-g", "rg"], ["data"]],
    ["registries", ["acr", "list"], ["myreg"]],
    ["tasks", ["acr", "task", "list", ...registry], ["api-build"]],
    ["identities", ["identity", "list", "-g", "rg"], ["puller"]],
  ])("lists %s", async (_what, args, expected) => {
    expect(await names(...args)).toEqual(expected);
  });

  it("shows an app", async () => {
    const shown = JSON.parse(await text("containerapp", "show", "-n", "app", "-g", "rg"));
    expect(shown).toMatchObject({
      name: "app",
      properties: { latestRevisionName: "app--r1", provisioningState: "Succeeded" },
    });
  });

  it("runs a task, follows its log, and lists the run with its image", async () => {
    expect(await text("acr", "task", "run", ...registry, "-n", "api-build")).toBe(
      "step 1\nstep 2\n",
    );
    const [run] = JSON.parse(await text("acr", "task", "list-runs", ...registry));
    expect(run).toMatchObject({
      runId: "ca1",
      status: "Succeeded",
      task: "api-build",
      outputImages: [{ digest: DIGEST }],
    });
    expect(await text("acr", "task", "logs", ...registry, "--run-id", "ca1")).toBe(
      "step 1\nstep 2\n",
    );
  });

  it("creates and deletes", async () => {
    const create = [
      "storage",
      "account",
      "create",
      "-n",
      "azacct",
      "-g",
      "rg",
      "-l",
      "westeurope",
      "--kind",
      "FileStorage",
      "--sku",
      "Premium_LRS",
    ];
    expect(JSON.parse(await text(...create)).provisioningState).toBe("Succeeded");
    await text("containerapp", "delete", "-n", "app", "-g", "rg", "--yes");
    expect(await names("containerapp", "list")).toEqual([]);
    await text("group", "delete", "-n", "rg", "--yes");
    expect((await fixture.call("GET", GROUP)).status).toBe(404);
  });

  it("logs in as a service principal with the same secret", async () => {
    const args = [
      "login",
      "--service-principal",
      "-u",
      "sandbox",
      "-p",
      fixture.arm.identityHeader,
      "--tenant",
      "00000000-0000-4000-9000-736c69707761",
    ];
    expect(JSON.parse(await text(...args))).toMatchObject([{ user: { type: "servicePrincipal" } }]);
  });

  it("asked for nothing that the endpoint does not have", async () => {
    const refused = (await fixture.control.requests()).filter((line) => line.status >= 400);
    expect(refused.filter((line) => line.id !== GROUP)).toEqual([]);
  });
});
