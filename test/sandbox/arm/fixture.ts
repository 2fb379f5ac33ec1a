import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type ArmControl, armControl, type HttpAnswer } from "../../../sandbox/arm/control.ts";
import { startArm } from "../../../sandbox/arm/server.ts";
import {
  type RunningArm,
  SANDBOX_SUBSCRIPTION_ID,
  type SandboxPorts,
  type TaskRunner,
  type TaskRunRequest,
} from "../../../sandbox/contract.ts";
import { createCertificate } from "../../../sandbox/tls.ts";
import { freePort } from "../../fixtures/ports.ts";

export const SUBSCRIPTION = `/subscriptions/${SANDBOX_SUBSCRIPTION_ID}`;
export const GROUP = `${SUBSCRIPTION}/resourceGroups/rg`;
export const APP_VERSION = "2025-07-01";

/** An endpoint in this process, with an image lookup and a task runner that tests steer. */
export interface Fixture {
  arm: RunningArm;
  control: ArmControl;
  stateDir: string;
  ports: SandboxPorts;
  tls: { key: string; cert: string };
  /** Images that the registry holds. */
  images: Set<string>;
  /** What the runner was asked to do. */
  runs: TaskRunRequest[];
  /** How the runner answers; replace it to fail or to wait. */
  runner: TaskRunner;
  call(method: string, path: string, body?: unknown, apiVersion?: string): Promise<Answer>;
  /** Sends a write and follows its operation to the end. */
  settle(method: string, path: string, body?: unknown, apiVersion?: string): Promise<Answer>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** An answer's JSON with the members that tests read; which of them are there is what they assert. */
export interface Body {
  id: string;
  name: string;
  status: string;
  error: { code: string; message: string; target: string };
  value: Body[];
  nextLink: string;
  logLink: string;
  tags: Record<string, string>;
  location: string;
  registrationState: string;
  keys: { keyName: string; value: string }[];
  primarySharedKey: string;
  identity: { userAssignedIdentities: Record<string, { principalId: string }> };
  properties: BodyProperties;
}

export interface BodyProperties {
  [name: string]: unknown;
  provisioningState: string;
  status: string;
  principalId: string;
  latestRevisionName: string;
  latestReadyRevisionName: string;
  latestRevisionFqdn: string;
  roleName: string;
  enabledProtocols: string;
  defaultDomain: string;
  createdTime: string;
  active: boolean;
  trafficWeight: number;
  appLogsConfiguration: { logAnalyticsConfiguration: object };
  configuration: {
    secrets: { name: string; value: string }[];
    ingress: { fqdn: string; targetPort: number };
  };
  step: { contextAccessToken: string; values: { name: string; value: string }[] };
}

export interface Answer extends Omit<HttpAnswer, "body"> {
  body: Body;
}

export async function startFixture(): Promise<Fixture> {
  const stateDir = mkdtempSync(path.join(tmpdir(), "arm-"));
  const tls = await createCertificate();
  const [arm, identity, registry, git] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  const ports = { arm, identity, registry, git };
  const fixture: Fixture = {
    stateDir,
    ports,
    tls,
    images: new Set(),
    runs: [],
    runner: { run: async () => ({ status: "Succeeded", outputImages: [] }) },
  } as unknown as Fixture;
  const start = async () => {
    fixture.arm = await startArm({
      stateDir,
      ports,
      tls,
      images: { exists: async (reference) => fixture.images.has(reference) },
      runner: {
        run(request, log, signal) {
          fixture.runs.push(request);
          return fixture.runner.run(request, log, signal);
        },
      },
    });
    fixture.control = armControl({
      endpoint: fixture.arm.endpoint,
      identityPort: identity,
      identityHeader: fixture.arm.identityHeader,
      ca: tls.cert,
    });
  };
  await start();
  fixture.call = async (method, to, body, apiVersion = APP_VERSION) => {
    const url = to.includes("api-version=")
      ? to
      : `${to}${to.includes("?") ? "&" : "?"}api-version=${apiVersion}`;
    return parsed(await fixture.control.send(method, url, body));
  };
  fixture.settle = async (method, to, body, apiVersion) => {
    const first = await fixture.call(method, to, body, apiVersion);
    const poll = first.headers["azure-asyncoperation"] ?? first.headers.location;
    if (first.status >= 400 || typeof poll !== "string") return first;
    for (;;) {
      const answer = await fixture.call("GET", poll.slice(fixture.arm.endpoint.length));
      if (answer.status === 202 || answer.body?.status === "InProgress") continue;
      return answer;
    }
  };
  fixture.restart = async () => {
    await fixture.arm.close();
    await start();
  };
  fixture.stop = async () => {
    await fixture.arm.close();
    rmSync(stateDir, { recursive: true, force: true });
  };
  return fixture;
}

/** Makes the resource group that `GROUP` names. */
export async function withGroup(fixture: Fixture): Promise<void> {
  await fixture.call("PUT", GROUP, { location: "westeurope" });
}

function parsed(answer: HttpAnswer): Answer {
  return { ...answer, body: answer.body === "" ? undefined : JSON.parse(answer.body) };
}
