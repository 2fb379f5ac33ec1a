import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TaskRunResult } from "../../../sandbox/contract.ts";
import { type Fixture, GROUP, SUBSCRIPTION, startFixture, withGroup } from "./fixture.ts";
import {
  errorCode,
  LOCATION,
  REGISTRY,
  REGISTRY_VERSION,
  TASK_VERSION,
  taskBody,
  withRegistry,
} from "./world.ts";

let fixture: Fixture;
const TASK = `${REGISTRY}/tasks/api-build`;
const OUTPUT = {
  registry: "myreg.azurecr.io",
  repository: "api",
  tag: "1.0.0",
  digest: `sha256:${"c".repeat(64)}`,
};

beforeAll(async () => {
  fixture = await startFixture();
  await withGroup(fixture);
  await withRegistry(fixture);
});
afterAll(() => fixture.stop());

const call = (method: string, path: string, body?: unknown) =>
  fixture.call(method, path, body, TASK_VERSION);
const schedule = (override: object = {}) =>
  call("POST", `${REGISTRY}/scheduleRun`, {
    type: "TaskRunRequest",
    taskId: TASK,
    overrideTaskStepProperties: override,
  });

async function ended(runId: string): Promise<{ status: string } & Record<string, unknown>> {
  for (;;) {
    const { properties } = (await call("GET", `${REGISTRY}/runs/${runId}`)).body;
    if (!["Queued", "Started", "Running"].includes(properties.status)) return properties;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe("registries", () => {
  it("has its login server and no admin user unless asked", async () => {
    const shown = await fixture.call("GET", REGISTRY, undefined, REGISTRY_VERSION);
    expect(shown.body.properties).toMatchObject({
      loginServer: "myreg.azurecr.io",
      adminUserEnabled: false,
      provisioningState: "Succeeded",
    });
    const credentials = () =>
      fixture.call("POST", `${REGISTRY}/listCredentials`, undefined, REGISTRY_VERSION);
    expect(errorCode(await credentials())).toEqual([400, "UnAuthorizedForCredentialOperations"]);
    await fixture.settle(
      "PATCH",
      REGISTRY,
      { properties: { adminUserEnabled: true } },
      REGISTRY_VERSION,
    );
    expect((await credentials()).body).toMatchObject({
      username: "myreg",
      passwords: [{ name: "password" }, { name: "password2" }],
    });
  });

  it("is busy while it changes", async () => {
    await fixture.control.changeSettings({ operationLatencyMs: { min: 200, max: 200 } });
    const patch = () => fixture.call("PATCH", REGISTRY, { tags: { a: "b" } }, REGISTRY_VERSION);
    const first = await patch();
    expect(errorCode(await patch())).toEqual([409, "AnotherOperationInProgress"]);
    await fixture.control.changeSettings({ operationLatencyMs: { min: 0, max: 10 } });
    const poll = String(first.headers["azure-asyncoperation"]);
    const ended = await fixture.call("GET", poll.slice(fixture.arm.endpoint.length));
    expect(ended.body.status).toBe("Succeeded");
  });

  it("has a name that is global", async () => {
    const other = `${SUBSCRIPTION}/resourceGroups/other`;
    await fixture.call("PUT", other, LOCATION);
    const body = { ...LOCATION, sku: { name: "Basic" } };
    const taken = await fixture.call("PUT", REGISTRY.replace(GROUP, other), body, REGISTRY_VERSION);
    expect(errorCode(taken)).toEqual([409, "AlreadyInUse"]);
  });
});

describe("tasks", () => {
  it("keeps the context's token and secret values to itself, except for listDetails", async () => {
    const values = [
      { name: "version", value: "0.0.0" },
      { name: "npm", value: "npm-secret", isSecret: true },
    ];
    const put = await call("PUT", TASK, taskBody({ contextAccessToken: "git-secret", values }));
    expect(put.status).toBe(201);
    const shown = await call("GET", TASK);
    const list = await call("GET", `${REGISTRY}/tasks`);
    for (const answer of [put, shown, list]) {
      expect(JSON.stringify(answer.body)).not.toMatch(/git-secret|npm-secret/);
    }
    expect(shown.body.properties.step.values).toEqual([
      { name: "version", value: "0.0.0" },
      { name: "npm", isSecret: true },
    ]);
    const details = await call("POST", `${TASK}/listDetails`);
    expect(details.body.properties.step).toMatchObject({
      contextAccessToken: "git-secret",
      values,
    });
  });

  it("keeps secrets over a patch and drops them with a put", async () => {
    await call("PATCH", TASK, { properties: { timeout: 600 } });
    const token = async () =>
      (await call("POST", `${TASK}/listDetails`)).body.properties.step.contextAccessToken;
    expect(await token()).toBe("git-secret");
    await call("PUT", `${REGISTRY}/tasks/other`, taskBody({ contextAccessToken: "x" }));
    await call("PUT", `${REGISTRY}/tasks/other`, taskBody());
    const details = await call("POST", `${REGISTRY}/tasks/other/listDetails`);
    expect(details.body.properties.step.contextAccessToken).toBeUndefined();
  });

  it.each([
    [
      "content that is not base64 of YAML",
      { encodedTaskContent: "%%%" },
      "InvalidEncodedTaskContent",
    ],
    [
      "content without steps",
      { encodedTaskContent: Buffer.from("version: v1.1.0").toString("base64") },
      "InvalidEncodedTaskContent",
    ],
    ["a step that the sandbox does not run", { type: "FileTask" }, "StepTypeNotSupported"],
    ["an unknown step", { type: "Magic" }, "InvalidRequestContent"],
  ])("refuses %s", async (_what, step, code) => {
    expect(errorCode(await call("PUT", `${REGISTRY}/tasks/refused`, taskBody(step)))).toEqual([
      400,
      code,
    ]);
  });

  it.each([299, 28_801])("refuses a timeout of %d seconds", async (timeout) => {
    const patch = await call("PATCH", TASK, { properties: { timeout } });
    expect(errorCode(patch)).toEqual([400, "InvalidTimeout"]);
  });

  it("needs its registry", async () => {
    const orphan = TASK.replace("myreg", "nobody");
    expect(errorCode(await call("PUT", orphan, taskBody()))).toEqual([
      404,
      "ParentResourceNotFound",
    ]);
    expect((await call("DELETE", `${REGISTRY}/tasks/other`)).status).toBe(200);
  });
});

describe("runs", () => {
  it("hands the runner the task with the request's overrides, and lists the images", async () => {
    fixture.runner = {
      async run(_request, log) {
        log("building\n");
        return { status: "Succeeded", outputImages: [OUTPUT] };
      },
    };
    const contextPath = `https://git.example.com/api.git#${"d".repeat(40)}:api`;
    const run = await schedule({
      contextPath,
      values: [{ name: "version", value: "1.0.0" }],
      updateTriggerToken: "b25l",
    });
    expect(run.status).toBe(200);
    expect(run.body).toMatchObject({
      name: "ca1",
      properties: {
        runId: "ca1",
        status: "Queued",
        task: "api-build",
        updateTriggerToken: "b25l",
      },
    });
    expect(await ended("ca1")).toMatchObject({ status: "Succeeded", outputImages: [OUTPUT] });
    expect(fixture.runs.at(-1)).toEqual({
      runId: "ca1",
      loginServer: "myreg.azurecr.io",
      taskYaml: "version: v1.1.0\nsteps:\n  - build: -t $Registry/api:{{.Values.version}} .\n",
      contextPath,
      contextAccessToken: "git-secret",
      values: [
        { name: "npm", value: "npm-secret", isSecret: true },
        { name: "version", value: "1.0.0", isSecret: false },
      ],
      platform: { os: "Linux", architecture: "amd64" },
      timeoutSeconds: 600,
    });
  });

  it("serves the log whole, in ranges and as HEAD, to the signed address only", async () => {
    const { logLink } = (await call("POST", `${REGISTRY}/runs/ca1/listLogSasUrl`)).body;
    const at = logLink.slice(fixture.arm.endpoint.length);
    const whole = await fixture.control.send("GET", at);
    expect([whole.status, whole.body, whole.headers["content-length"]]).toEqual([
      200,
      "building\n",
      "9",
    ]);
    expect(whole.headers["x-ms-meta-complete"]).toBe("successful");
    const head = await fixture.control.send("HEAD", at);
    expect([head.status, head.body, head.headers["content-length"]]).toEqual([200, "", "9"]);
    const wrong = await fixture.control.send("GET", at.replace(/sig=./, "sig=_"));
    expect(wrong.status).toBe(403);
    const later = at.replace(/se=\d+/, `se=${Date.now() + 9e9}`);
    expect((await fixture.control.send("GET", later)).status).toBe(403);
  });

  it("tells a failed run with the runner's reason, and one whose runner broke", async () => {
    const results: (TaskRunResult | Error)[] = [
      { status: "Failed", outputImages: [], errorMessage: "step 1 exited with 2" },
      new Error("no builder"),
    ];
    fixture.runner = {
      run: async () => {
        const next = results.shift();
        if (next === undefined || next instanceof Error) throw next;
        return next;
      },
    };
    const first = (await schedule()).body.name;
    const second = (await schedule()).body.name;
    expect(await ended(first)).toMatchObject({
      status: "Failed",
      runErrorMessage: "step 1 exited with 2",
    });
    expect(await ended(second)).toMatchObject({ status: "Error", runErrorMessage: "no builder" });
  });

  it("cancels a run that goes on, once", async () => {
    fixture.runner = {
      run: (_request, _log, signal) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener("abort", () => reject(new Error("aborted"))),
        ),
    };
    const { name } = (await schedule()).body;
    expect((await call("POST", `${REGISTRY}/runs/${name}/cancel`)).status).toBe(200);
    expect(await ended(name)).toMatchObject({ status: "Canceled" });
    expect(errorCode(await call("POST", `${REGISTRY}/runs/${name}/cancel`))).toEqual([
      400,
      "RunCannotBeCanceled",
    ]);
  });

  it("lists newest first, by task, state and output", async () => {
    const names = async (filter: string) => {
      const list = await call("GET", `${REGISTRY}/runs?$filter=${encodeURIComponent(filter)}`);
      return list.body.value?.map((run: { name: string }) => run.name) ?? errorCode(list);
    };
    expect(await names("TaskName eq 'api-build'")).toEqual(["ca4", "ca3", "ca2", "ca1"]);
    expect(await names("TaskName eq 'api-build' and Status eq 'Succeeded'")).toEqual(["ca1"]);
    expect(await names(`contains(OutputImageManifests, 'api@${OUTPUT.digest}')`)).toEqual(["ca1"]);
    expect(await names("TaskName eq 'other'")).toEqual([]);
    expect(await names("Nonsense")).toEqual([400, "InvalidFilter"]);
  });

  it("has a 404 of its own", async () => {
    expect(errorCode(await call("GET", `${REGISTRY}/runs/ca99`))).toEqual([404, "RunNotFound"]);
  });

  it("runs four at a time and the rest after", async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    fixture.runner = {
      async run() {
        await gate;
        return { status: "Succeeded", outputImages: [] };
      },
    };
    const scheduled: string[] = [];
    for (let i = 0; i < 10; i += 1) scheduled.push((await schedule()).body.name);
    const list = await call("GET", `${REGISTRY}/runs?$top=10`);
    const states = list.body.value.map(
      (run: { properties: { status: string } }) => run.properties.status,
    );
    expect(states.toReversed()).toEqual([...Array(4).fill("Running"), ...Array(6).fill("Queued")]);
    open();
    const runs = await Promise.all(scheduled.map(ended));
    expect(runs.every((run) => run.status === "Succeeded")).toBe(true);
  });

  it("refuses tasks that are not there, disabled, or of another registry", async () => {
    const post = (taskId: string) =>
      call("POST", `${REGISTRY}/scheduleRun`, { type: "TaskRunRequest", taskId });
    expect(errorCode(await post(`${TASK}x`))).toEqual([404, "ResourceNotFound"]);
    expect(
      errorCode(await call("POST", `${REGISTRY}/scheduleRun`, { type: "FileTaskRunRequest" })),
    ).toEqual([400, "RunRequestTypeNotSupported"]);
    await call("PATCH", TASK, { properties: { status: "Disabled" } });
    expect(errorCode(await post(TASK))).toEqual([400, "TaskDisabled"]);
    await call("PATCH", TASK, { properties: { status: "Enabled" } });
    const other = `${GROUP}/providers/Microsoft.ContainerRegistry/registries/myreg2`;
    await fixture.settle("PUT", other, { ...LOCATION, sku: { name: "Basic" } }, REGISTRY_VERSION);
    const foreign = await call("POST", `${other}/scheduleRun`, {
      type: "TaskRunRequest",
      taskId: TASK,
    });
    expect(errorCode(foreign)).toEqual([404, "ResourceNotFound"]);
  });

  it("makes a Docker step the build and push that it stands for", async () => {
    const step = {
      type: "Docker",
      encodedTaskContent: null,
      imageNames: ["api:1", "api:latest"],
      dockerFilePath: "Containerfile",
      arguments: [{ name: "A", value: "1" }],
    };
    await call("PUT", `${REGISTRY}/tasks/docker`, taskBody(step));
    const run = await call("POST", `${REGISTRY}/scheduleRun`, {
      type: "TaskRunRequest",
      taskId: `${REGISTRY}/tasks/docker`,
      overrideTaskStepProperties: { arguments: [{ name: "A", value: "2" }] },
    });
    await ended(run.body.name);
    expect(fixture.runs.at(-1)?.taskYaml).toBe(
      'version: v1.1.0\nsteps:\n  - build: "-t $Registry/api:1 -t $Registry/api:latest -f Containerfile --build-arg A=2 ."\n  - push: ["$Registry/api:1", "$Registry/api:latest"]\n',
    );
  });
});
