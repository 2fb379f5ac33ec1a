import { setMaxListeners } from "node:events";
import pLimit, { type LimitFunction } from "p-limit";
import type { OutputImage, TaskRunner, TaskRunRequest, TaskRunResult } from "../contract.ts";
import { remoteProblem } from "../git/git-process.ts";
import { RegistryClient } from "../oci/registry-client.ts";
import { TaskError } from "./errors.ts";
import { formatGitContext, parseGitContext } from "./git-context.ts";
import { type BuildKitClient, buildImage } from "./image-build.ts";
import { type BuiltImage, parseTaggedImage, pushImage } from "./image-push.ts";
import { RunLog } from "./run-log.ts";
import { parseTaskFile, type TaskStep } from "./task-file.ts";
import { renderTemplate } from "./template.ts";

export interface TaskRunnerOptions {
  buildkit: BuildKitClient;
  /** Of the sandbox's registry, such as `http://127.0.0.1:5000`. */
  registryEndpoint: string;
  /** Where `https://<host>/` repositories are reached: URL prefix -> URL prefix. */
  gitHosts: Readonly<Record<string, string>>;
}

/** A run under way: what its steps share. */
interface RunState {
  request: TaskRunRequest;
  log: RunLog;
  steps: readonly TaskStep[];
  /** By full reference, as after `-t`. */
  built: Map<string, BuiltImage>;
  outputImages: OutputImage[];
}

const CONCURRENT_RUNS = 2;
const TIMEOUT = "timeout";
const CANCEL = "canceled";

/**
 * Carries out ACR task runs with a real BuildKit: each build step is a build of a git context at a
 * commit, each push step gives what was built its tags in the sandbox's registry. Two runs at a
 * time, and one for each repository; others wait. See docs of the task file format in `task-file.ts`.
 */
export function createTaskRunner(options: TaskRunnerOptions): TaskRunner {
  const limit = pLimit(CONCURRENT_RUNS);
  const turnOf = turns();
  return {
    run(request, write, signal) {
      const log = createLog(request, options, write);
      const canceled = new Promise<TaskRunResult>((resolve) => {
        const onAbort = () => resolve(ended("Canceled", [], "the run was canceled"));
        if (signal.aborted) onAbort();
        else signal.addEventListener("abort", onAbort, { once: true });
      });
      let started = false;
      const begin = () => {
        started = true;
        return signal.aborted ? canceled : execute(request, log, signal, options);
      };
      const finished = turnOf(repositoryOf(request))(() => limit(begin));
      // A run that still waits for its turn need not wait to be canceled.
      return Promise.race([finished, canceled.then((result) => (started ? finished : result))]);
    },
  };
}

/**
 * The registry writes the link from a repository to a layer anew whenever the layer is pushed, and
 * not at once: a manifest that comes in that moment is refused with MANIFEST_BLOB_UNKNOWN. Images of
 * one repository share their base's layers, so that they are built one after the other.
 */
function turns(): (repository: string | undefined) => LimitFunction {
  const known = new Map<string, LimitFunction>();
  return (repository) => {
    const turn = known.get(repository ?? "") ?? pLimit(1);
    if (repository !== undefined) known.set(repository, turn);
    return turn;
  };
}

/** The repository that a run pushes to; undefined where it pushes nothing, or its task is wrong. */
function repositoryOf(request: TaskRunRequest): string | undefined {
  try {
    const steps = parseTaskFile(renderTemplate(request.taskYaml, request));
    const [image] = steps.flatMap((step) => (step.kind === "push" ? step.images : []));
    if (image === undefined) return undefined;
    return `${request.loginServer}/${parseTaggedImage(image, request.loginServer).repository}`;
  } catch {
    return undefined;
  }
}

async function execute(
  request: TaskRunRequest,
  log: RunLog,
  signal: AbortSignal,
  options: TaskRunnerOptions,
): Promise<TaskRunResult> {
  const begin = Date.now();
  const state: RunState = { request, log, steps: [], built: new Map(), outputImages: [] };
  const run = deadline(signal, request.timeoutSeconds);
  try {
    log.event(`Logging in to registry: ${request.loginServer}`);
    state.steps = parseTaskFile(renderTemplate(request.taskYaml, request));
    for (const step of state.steps) await executeStep(state, step, run.signal, options);
    for (const image of state.outputImages) log.line(`- image: ${JSON.stringify(image)}`);
    log.event(`Run ID: ${request.runId} was successful after ${since(begin)}`);
    return { status: "Succeeded", outputImages: state.outputImages };
  } catch (error) {
    log.flush();
    const status = error === CANCEL ? "Canceled" : error === TIMEOUT ? "Timeout" : "Failed";
    const reason = error instanceof Error ? error.message : String(error);
    const message = `failed during run, err: ${log.clean(reason)}`;
    log.event(`Run ID: ${request.runId} failed after ${since(begin)}. Error: ${message}`);
    if (status === "Failed" && !(error instanceof TaskError)) console.error("task run:", message);
    return ended(status, state.outputImages, message);
  } finally {
    run.clear();
  }
}

async function executeStep(
  state: RunState,
  step: TaskStep,
  signal: AbortSignal,
  options: TaskRunnerOptions,
): Promise<void> {
  const begin = Date.now();
  const limited = deadline(signal, step.timeoutSeconds);
  state.log.event(`Executing step ID: ${step.id}. Timeout(sec): ${step.timeoutSeconds}`);
  try {
    limited.signal.throwIfAborted();
    if (step.kind === "build") await executeBuild(state, step, limited.signal, options);
    else await executePush(state, step, options);
  } finally {
    limited.clear();
  }
  state.log.event(`Step ID: ${step.id} marked as successful (elapsed: ${since(begin)})`);
}

async function executeBuild(
  { request, log, steps, built }: RunState,
  { command }: TaskStep & { kind: "build" },
  signal: AbortSignal,
  { buildkit, registryEndpoint, gitHosts }: TaskRunnerOptions,
): Promise<void> {
  const text = command.context === "." ? request.contextPath : command.context;
  if (text === undefined) throw new TaskError('the run has no contextPath for the context "."');
  const context = parseGitContext(text);
  const tags = command.tags.map((tag) => ({
    reference: tag,
    ...parseTaggedImage(tag, request.loginServer),
  }));
  const remote = reachable(context.repository, gitHosts);
  await checkAccess(remote, request, log, signal);
  const pushed = steps.flatMap((step) => (step.kind === "push" ? step.images : []));
  const [first] = tags.filter(({ reference }) => pushed.includes(reference));
  const repository = first && `${request.loginServer.split(".")[0]}/${first.repository}`;
  const digest = await buildImage(
    buildkit,
    {
      command,
      context: formatGitContext(remote, context),
      token: request.contextAccessToken,
      platform: command.platform ?? platformOf(request),
      destination: repository && `${new URL(registryEndpoint).host}/${repository}`,
    },
    (chunk) => log.output(chunk),
    signal,
  );
  log.flush();
  if (repository === undefined || digest === undefined) return;
  for (const { reference } of tags) built.set(reference, { repository, digest });
}

/** BuildKit keeps what it once fetched, and asks no git host again whether the token still fits. */
async function checkAccess(
  remote: string,
  { contextAccessToken }: TaskRunRequest,
  log: RunLog,
  signal: AbortSignal,
): Promise<void> {
  log.event("Downloading source code...");
  const problem = await remoteProblem(remote, contextAccessToken, signal);
  signal.throwIfAborted();
  if (problem === undefined) return;
  log.line(problem);
  throw new TaskError("failed to download the context");
}

async function executePush(
  { request, log, built, outputImages }: RunState,
  { images }: TaskStep & { kind: "push" },
  { registryEndpoint }: TaskRunnerOptions,
): Promise<void> {
  const client = new RegistryClient(registryEndpoint);
  const found = images.map((reference) => {
    const image = built.get(reference);
    if (image === undefined) {
      throw new TaskError(`an image does not exist locally with the tag: ${reference}`);
    }
    return { reference, image, tagged: parseTaggedImage(reference, request.loginServer) };
  });
  for (const { reference, image, tagged } of found) {
    log.event(`Pushing image: ${reference}, attempt 1`);
    const { output, size } = await pushImage(client, request.loginServer, image, tagged);
    outputImages.push(output);
    log.line(`${output.tag}: digest: ${output.digest} size: ${size}`);
    log.event(`Successfully pushed image: ${reference}`);
  }
}

/** Secrets are masked, and the sandbox's addresses read as Azure's do. */
function createLog(
  request: TaskRunRequest,
  options: TaskRunnerOptions,
  write: (chunk: string) => void,
): RunLog {
  const secrets = request.values.filter((value) => value.isSecret).map(({ value }) => value);
  if (request.contextAccessToken !== undefined) secrets.push(request.contextAccessToken);
  const names = new Map(Object.entries(options.gitHosts).map(([from, to]) => [to, from]));
  const host = new URL(options.registryEndpoint).host;
  names.set(`${host}/${request.loginServer.split(".")[0]}/`, `${request.loginServer}/`);
  return new RunLog(write, secrets, names);
}

function reachable(repository: string, gitHosts: Readonly<Record<string, string>>): string {
  for (const [prefix, address] of Object.entries(gitHosts)) {
    if (repository.startsWith(prefix)) return address + repository.slice(prefix.length);
  }
  return repository;
}

function platformOf({ platform }: TaskRunRequest): string {
  return `${platform.os}/${platform.architecture}`.toLowerCase();
}

/** A signal that ends with `parent` or when time is up; its reason says which. */
function deadline(
  parent: AbortSignal,
  seconds: number,
): { signal: AbortSignal; clear: () => void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(TIMEOUT), seconds * 1000);
  const onAbort = () => controller.abort(parent.reason === TIMEOUT ? TIMEOUT : CANCEL);
  if (parent.aborted) onAbort();
  else parent.addEventListener("abort", onAbort, { once: true });
  setMaxListeners(0, controller.signal);
  return {
    signal: controller.signal,
    clear: () => {
      clearTimeout(timer);
      parent.removeEventListener("abort", onAbort);
    },
  };
}

function ended(
  status: "Failed" | "Canceled" | "Timeout",
  outputImages: OutputImage[],
  errorMessage: string,
): TaskRunResult {
  return { status, outputImages, errorMessage };
}

function since(begin: number): string {
  return `${((Date.now() - begin) / 1000).toFixed(1)}s`;
}
