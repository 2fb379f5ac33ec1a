import { ContainerRegistryManagementClient } from "@azure/arm-containerregistry";
import { ResourceManagementClient } from "@azure/arm-resources";
import { connectArm } from "../../builds/azure-client.ts";

// Schedules one run of a task with the official SDK, as a program under the sandbox's environment
// would, and prints the run and its log. A process of its own: Node reads NODE_EXTRA_CA_CERTS once.
const [taskYaml = "", contextPath = "", token = ""] = process.argv.slice(2);
const arm = await connectArm(process.env);
const subscription = arm.subscriptionId ?? "";
const [group, name, task] = ["builds", "slipwaydev", "orbit-webapp"];

const resources = new ResourceManagementClient(arm.credential, subscription, arm.clientOptions);
await resources.resourceGroups.createOrUpdate(group, { location: "westeurope" });
const registries = new ContainerRegistryManagementClient(
  arm.credential,
  subscription,
  arm.clientOptions,
);
await registries.registries.beginCreateAndWait(group, name, {
  location: "westeurope",
  sku: { name: "Basic" },
});
await registries.tasks.beginCreateAndWait(group, name, task, {
  location: "westeurope",
  platform: { os: "Linux", architecture: "amd64" },
  step: {
    type: "EncodedTask",
    encodedTaskContent: Buffer.from(taskYaml).toString("base64"),
    contextPath,
    contextAccessToken: token,
  },
});
const base = `/subscriptions/${subscription}/resourceGroups/${group}/providers`;
const scheduled = await registries.registries.beginScheduleRunAndWait(group, name, {
  type: "TaskRunRequest",
  taskId: `${base}/Microsoft.ContainerRegistry/registries/${name}/tasks/${task}`,
});
const runId = scheduled.runId ?? "";
const unfinished = ["Queued", "Started", "Running"];
let run = await registries.runs.get(group, name, runId);
while (unfinished.includes(run.status ?? "")) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  run = await registries.runs.get(group, name, runId);
}
const { logLink = "" } = await registries.runs.getLogSasUrl(group, name, runId);
const log = await (await fetch(logLink)).text();
process.stdout.write(JSON.stringify({ status: run.status, images: run.outputImages, log }));
