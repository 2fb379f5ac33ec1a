import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { startArm } from "../../sandbox/arm/server.ts";
import { installAzureNative } from "../../sandbox/azure-native/install.ts";
import { SANDBOX_SUBSCRIPTION_ID, SANDBOX_TENANT_ID } from "../../sandbox/contract.ts";
import { createCertificate } from "../../sandbox/tls.ts";
import { toolsEnvPath } from "../../tools/find.mjs";
import { freePort } from "../fixtures/ports.ts";
import type { ProgramSettings } from "./azure-native-program.ts";
import { tool } from "./sandbox-parts.ts";

const CHECKOUT = join(import.meta.dirname, "../..");
const PROGRAM = join(import.meta.dirname, "azure-native-program.ts");
const STACK = "dev";
const API_VERSIONS = { "Microsoft.App": "2025-07-01", "Microsoft.Storage": "2024-01-01" };

/** Id of the resource group of `azure-native-program.ts`. */
export const GROUP = `/subscriptions/${SANDBOX_SUBSCRIPTION_ID}/resourceGroups/cell-1`;
export const APP = `${GROUP}/providers/Microsoft.App/containerApps/orbit-1`;
export const LINK = `${GROUP}/providers/Microsoft.App/managedEnvironments/env-1/storages/customer-rw-1`;
export const ACCOUNT = `${GROUP}/providers/Microsoft.Storage/storageAccounts/slipwaydata1`;
export const SHARE = `${ACCOUNT}/fileServices/default/shares/acme-customer`;

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

export interface Outcome {
  exitCode: number;
  /** Standard output and error together. */
  output: string;
}

/** A step of `pulumi preview --json`. */
interface Step {
  op: string;
  urn: string;
  detailedDiff?: Record<string, { kind: string }> | null;
}

/** A real engine with the stand-in plugin and the ARM endpoint, in a folder of its own. */
export interface Fixture {
  /** Temporary folder, removed on close. */
  root: string;
  /** Runs `pulumi`, without prompts; a failure is an outcome, not an error. */
  pulumi(args: string[], program?: ProgramSettings): Promise<Outcome>;
  /**
   * What a preview plans, by logical name: the operation and the sorted paths of what differs. Of a
   * replacement its middle step; nothing for the stack itself.
   */
  preview(program?: ProgramSettings, options?: string[]): Promise<Record<string, string>>;
  /** The checkpoint as text, secrets encrypted, and its resources by logical name. */
  state(): Promise<{ text: string; resources: Record<string, StateResource> }>;
  /** Calls ARM behind the engine's back, with an API version that it knows. */
  arm(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Adds a fault, as `sandbox/arm/core/faults.ts` describes one. */
  fault(spec: Record<string, unknown>): Promise<void>;
  /** Waits until a resource is gone that was deleted behind the engine's back. */
  deleted(path: string): Promise<void>;
  /** Forgets the stack's state; what it made in Azure stays. */
  forget(): Promise<void>;
  /** `<method> <name>` of the writes that ARM has taken since the last call. */
  writes(): Promise<string[]>;
  close(): Promise<void>;
}

export interface StateResource {
  id: string;
  type: string;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
  initErrors?: string[];
}

export async function startFixture(): Promise<Fixture> {
  const root = await mkdtemp(join(tmpdir(), "slipway-azure-native-"));
  const tls = await createCertificate();
  const certificate = join(root, "ca.pem");
  await writeFile(certificate, tls.cert);
  const [armPort, identityPort] = [await freePort(), await freePort()];
  const running = await startArm({
    stateDir: join(root, "arm"),
    ports: { arm: armPort, identity: identityPort, registry: 0, git: 0 },
    tls,
    // No image is run here; what decides is that some are missing.
    images: { exists: async (reference) => !reference.includes("missing") },
    runner: { run: () => Promise.reject(new Error("no runs in this fixture")) },
  });
  const pulumiHome = join(root, "home");
  await installAzureNative({ pulumi: tool("pulumi"), pulumiHome });
  await writeProject(root);
  const env = {
    ARM_METADATA_HOSTNAME: `localhost:${armPort}`,
    ARM_SUBSCRIPTION_ID: SANDBOX_SUBSCRIPTION_ID,
    ARM_TENANT_ID: SANDBOX_TENANT_ID,
    ARM_USE_MSI: "true",
    IDENTITY_ENDPOINT: `http://127.0.0.1:${identityPort}/msi/token`,
    IDENTITY_HEADER: running.identityHeader,
    NODE_EXTRA_CA_CERTS: certificate,
    NO_PROXY: "localhost,127.0.0.1",
    PULUMI_HOME: pulumiHome,
    PULUMI_BACKEND_URL: `file://${join(root, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_STACK: STACK,
    PATH: [toolsEnvPath(), process.env.PATH].filter(Boolean).join(delimiter),
  };
  const run = async (args: string[], program: ProgramSettings = {}) => {
    const options = {
      cwd: join(root, "program"),
      env: { ...env, PROGRAM: JSON.stringify(program) },
      reject: false,
      stdin: "ignore",
    } as const;
    const result = await execa(tool("pulumi"), [...args, "--non-interactive"], options);
    return { exitCode: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr };
  };
  const call = async (method: string, path: string, body?: unknown) => {
    const token = await managedIdentityToken(env.IDENTITY_ENDPOINT, env.IDENTITY_HEADER);
    return callArm({ port: armPort, ca: tls.cert, token }, method, path, body);
  };
  const arm = (method: string, path: string, body?: unknown) =>
    call(method, `${path}?api-version=${apiVersion(path)}`, body);
  await run(["stack", "init", STACK, "--no-select"]);
  let seen = 0;

  return {
    root,
    async pulumi(args, program) {
      const { exitCode, stdout, stderr } = await run(args, program);
      return { exitCode, output: `${stdout}\n${stderr}` };
    },
    async preview(program, options = []) {
      const { stdout, stderr } = await run(["preview", "--json", ...options], program);
      const parsed = JSON.parse(stdout || "{}") as { steps?: Step[] };
      if (!parsed.steps) throw new Error(`no preview: ${stdout}\n${stderr}`);
      return summary(parsed.steps);
    },
    async state() {
      const { stdout } = await run(["stack", "export"]);
      const { deployment } = JSON.parse(stdout) as {
        deployment: { resources: (StateResource & { urn: string })[] };
      };
      const named = deployment.resources.map((each) => [each.urn.split("::").at(-1), each]);
      return { text: stdout, resources: Object.fromEntries(named) };
    },
    arm,
    async fault(spec) {
      const { status } = await call("POST", "/_sandbox/faults", spec);
      if (status !== 200) throw new Error(`the fault was refused with ${status}`);
    },
    async deleted(path) {
      const answer = await arm("DELETE", path);
      if (answer.status >= 400) throw new Error(JSON.stringify(answer.body));
      while ((await arm("GET", path)).status !== 404) await delay(50);
    },
    async forget() {
      await run(["stack", "rm", STACK, "--force", "--yes", "--preserve-config"]);
      await run(["stack", "init", STACK, "--no-select"]);
    },
    async writes() {
      const { body } = await call("GET", `/_sandbox/requests?after=${seen}`);
      const entries = body.value as { seq: number; method: string; id: string; write: boolean }[];
      seen = entries.at(-1)?.seq ?? seen;
      return entries
        .filter(({ write, id }) => write && id.startsWith("/subscriptions/"))
        .map(({ method, id }) => `${method} ${id.split("/").at(-1)}`);
    },
    async close() {
      await running.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

function summary(steps: Step[]): Record<string, string> {
  const planned = steps.filter(
    ({ op, urn }) =>
      !["same", "refresh", "create-replacement", "delete-replaced"].includes(op) &&
      !urn.includes("::pulumi:pulumi:Stack::"),
  );
  return Object.fromEntries(
    planned.map(({ op, urn, detailedDiff }) => {
      const paths = Object.keys(detailedDiff ?? {}).sort();
      return [urn.split("::").at(-1), [op, ...paths].join(" ")];
    }),
  );
}

function apiVersion(path: string): string {
  const versions = Object.entries(API_VERSIONS);
  return versions.find(([namespace]) => path.includes(namespace))?.[1] ?? "2024-03-01";
}

async function writeProject(root: string): Promise<void> {
  const folder = join(root, "program");
  await mkdir(folder);
  await mkdir(join(root, "state"));
  await symlink(join(CHECKOUT, "node_modules"), join(folder, "node_modules"));
  await writeFile(join(folder, "package.json"), `{ "type": "module", "private": true }\n`);
  await writeFile(join(folder, "index.ts"), `export * from ${JSON.stringify(PROGRAM)};\n`);
  await writeFile(
    join(folder, "Pulumi.yaml"),
    [
      "name: cell",
      "main: index.ts",
      "runtime:",
      "  name: nodejs",
      `  options: { typescript: false, nodeargs: "--import tsx" }`,
      "",
    ].join("\n"),
  );
}

async function managedIdentityToken(endpoint: string, header: string): Promise<string> {
  const url = `${endpoint}?api-version=2019-08-01&resource=https://management.azure.com`;
  const body = await new Promise<string>((resolve, reject) => {
    get(url, { headers: { "X-IDENTITY-HEADER": header } }, (response) => {
      text(response).then(resolve, reject);
    }).on("error", reject);
  });
  return (JSON.parse(body) as { access_token: string }).access_token;
}

async function callArm(
  { port, ca, token }: { port: number; ca: string; token: string },
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    const outgoing = request({ host: "localhost", port, path, method, ca, headers }, (response) => {
      text(response).then(
        (answer) =>
          resolve({ status: response.statusCode ?? 0, body: answer ? JSON.parse(answer) : {} }),
        reject,
      );
    });
    outgoing.on("error", reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
