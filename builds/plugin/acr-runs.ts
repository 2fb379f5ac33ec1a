import type { ContainerRegistryManagementClient, Run } from "@azure/arm-containerregistry";
import type { ArmConnection } from "../azure-client.ts";
import { fetchRunLog } from "../log.ts";
import { pause } from "./pause.ts";
import type { RegistryName } from "./properties.ts";

/** A run as the service tells of it. */
export interface RunState {
  runId: string;
  status: string;
  /** Marks the release it is for; absent on a run that someone else scheduled. */
  token: string | undefined;
  outputImages: readonly { repository?: string; tag?: string; digest?: string }[];
  errorMessage: string | undefined;
}

export interface ScheduleRequest {
  taskName: string;
  contextPath: string;
  values: Readonly<Record<string, string>>;
  token: string;
}

/** The runs of one registry. */
export interface AcrRuns {
  /** Runs of a task that are queued, started or running. */
  unfinished(taskName: string): Promise<RunState[]>;
  /** Sends the request once: whether to send it again is for the caller to find out. */
  schedule(request: ScheduleRequest): Promise<RunState>;
  /** Polls until the run has ended in any way. */
  wait(runId: string): Promise<RunState>;
  /** The end of the run's log. */
  log(runId: string): Promise<string>;
}

/** In the order in which a run goes through them, so that none slips between two listings. */
const UNFINISHED = ["Queued", "Started", "Running"];
const POLL_FIRST_MILLISECONDS = 250;
const POLL_MAX_MILLISECONDS = 5000;
const POLL_GROWTH = 1.5;

export async function openRuns(
  registry: RegistryName,
  registryId: string,
  arm: ArmConnection,
  signal: AbortSignal,
): Promise<AcrRuns> {
  const { ContainerRegistryManagementClient: Client } = await import(
    "@azure/arm-containerregistry"
  );
  const { subscriptionId, resourceGroup, registryName } = registry;
  const client = new Client(arm.credential, subscriptionId, arm.clientOptions);
  // The SDK repeats a POST whose answer was lost, which could order a build twice.
  const once = new Client(arm.credential, subscriptionId, {
    ...arm.clientOptions,
    retryOptions: { maxRetries: 0 },
  });
  const abort = { abortSignal: signal };
  return {
    unfinished: (taskName) => listUnfinished(client, registry, taskName, signal),
    async schedule({ taskName, contextPath, values, token }) {
      const run = await once.registries.beginScheduleRunAndWait(
        resourceGroup,
        registryName,
        {
          type: "TaskRunRequest",
          taskId: `${registryId}/tasks/${taskName}`,
          overrideTaskStepProperties: {
            contextPath,
            values: Object.entries(values).map(([name, value]) => ({ name, value })),
            updateTriggerToken: token,
          },
        },
        { ...abort, updateIntervalInMs: POLL_FIRST_MILLISECONDS },
      );
      return asState(run);
    },
    async wait(runId) {
      let interval = POLL_FIRST_MILLISECONDS;
      for (;;) {
        let retryAfter = 0;
        const run = await client.runs.get(resourceGroup, registryName, runId, {
          ...abort,
          onResponse: ({ headers }) => {
            retryAfter = Number(headers.get("retry-after") ?? 0) * 1000;
          },
        });
        if (!UNFINISHED.includes(run.status ?? "Queued")) return asState(run);
        await pause(Math.max(interval, retryAfter || 0), signal);
        interval = Math.min(interval * POLL_GROWTH, POLL_MAX_MILLISECONDS);
      }
    },
    async log(runId) {
      const { logLink } = await client.runs.getLogSasUrl(resourceGroup, registryName, runId, abort);
      return logLink === undefined ? "" : fetchRunLog(logLink, signal);
    },
  };
}

async function listUnfinished(
  client: ContainerRegistryManagementClient,
  { resourceGroup, registryName }: RegistryName,
  taskName: string,
  signal: AbortSignal,
): Promise<RunState[]> {
  const found = new Map<string, RunState>();
  for (const status of UNFINISHED) {
    const runs = client.runs.list(resourceGroup, registryName, {
      filter: `TaskName eq '${taskName}' and Status eq '${status}'`,
      abortSignal: signal,
    });
    for await (const run of runs) {
      if (isOf(run, taskName) && UNFINISHED.includes(run.status ?? "")) {
        const state = asState(run);
        found.set(state.runId, state);
      }
    }
  }
  return [...found.values()];
}

/** The service writes a task's name there; an id is understood too. */
function isOf(run: Run, taskName: string): boolean {
  const name = run.task?.slice(run.task.lastIndexOf("/") + 1);
  return name?.toLowerCase() === taskName.toLowerCase();
}

function asState(run: Run): RunState {
  const { runId, status, updateTriggerToken, outputImages, runErrorMessage } = run;
  if (runId === undefined) throw new Error("the registry answered with a run that has no id");
  return {
    runId,
    status: status ?? "Queued",
    token: updateTriggerToken === "" ? undefined : updateTriggerToken,
    outputImages: outputImages ?? [],
    errorMessage: runErrorMessage,
  };
}
