import { commitTag } from "../../registry/tags.ts";
import type { SlipwayError } from "../../schemas/problem.ts";
import { runValues } from "../image.ts";
import { lastLines } from "../log.ts";
import type { ImageRepository, ResolvedManifest } from "../registry-client.ts";
import type { AcrRuns, RunState } from "./acr-runs.ts";
import { pause } from "./pause.ts";
import {
  checkDigest,
  checkLabels,
  findReleaseImage,
  isVersionTagged,
  releaseError,
} from "./release-image.ts";
import { retryDelay } from "./retry.ts";
import type { RunInputs, RunOutputs } from "./run-inputs.ts";

export interface SettleServices {
  runs: AcrRuns;
  repository: ImageRepository;
  /** Runs that this process scheduled, by id, with the release each is for. */
  scheduled: Map<string, string>;
  signal: AbortSignal;
}

const LOG_LINES = 20;
const ATTEMPTS = 6;

/**
 * Brings about the image of a release and says what it is, with no second build (S-2): waits for an
 * unfinished run of the same release, then adopts an image under the commit's tag, and only then
 * schedules a run. When the answer to that is lost it begins anew, since the run may be under way.
 *
 * @throws SlipwayError `build-failed` with the end of the run's log, or `digest-changed`
 */
export async function settleRun(inputs: RunInputs, services: SettleServices): Promise<RunOutputs> {
  for (let attempt = 1; ; attempt++) {
    const waited = await waitForUnfinished(inputs, services);
    const image = await adoptImage(inputs, services.repository);
    if (image !== undefined) {
      const isOfRun = [undefined, image.digest].includes(listedDigest(inputs, waited));
      return outputs(inputs, image, {
        runId: (isOfRun && waited?.runId) || "",
        adopted: true,
      });
    }
    const run = await schedule(inputs, services, attempt);
    if (run === undefined) continue;
    const ended = await services.runs.wait(run.runId);
    if (ended.status !== "Succeeded") throw await runFailed(inputs, ended, services);
    const built = await builtImage(inputs, ended, services.repository);
    return outputs(inputs, built, { runId: ended.runId, adopted: false });
  }
}

/** In `updateTriggerToken` of a run: which release it is for. The service wants base64. */
export function releaseToken({ component, version, commit }: RunInputs): string {
  return Buffer.from(`${component}@${version}#${commit}`, "utf8").toString("base64");
}

/** @returns the run of this very release that was waited for, if it succeeded */
async function waitForUnfinished(
  inputs: RunInputs,
  { runs, scheduled }: SettleServices,
): Promise<RunState | undefined> {
  const token = releaseToken(inputs);
  const candidates = (await runs.unfinished(inputs.taskName)).filter(
    // One without a token may be for this release: someone started it by hand.
    (run) => (run.token ?? scheduled.get(run.runId) ?? token) === token,
  );
  const ended = await Promise.all(candidates.map(({ runId }) => runs.wait(runId)));
  return ended.find((run) => run.token === token && run.status === "Succeeded");
}

async function adoptImage(
  inputs: RunInputs,
  repository: ImageRepository,
): Promise<ResolvedManifest | undefined> {
  const image = await findReleaseImage(inputs, repository);
  if (image === undefined) return undefined;
  if (!(await isVersionTagged(inputs, image, repository))) {
    await repository.tag(image, inputs.version);
  }
  return image;
}

/** @returns undefined when it is not known whether the run was scheduled, or it was put off */
async function schedule(
  inputs: RunInputs,
  { runs, scheduled, signal }: SettleServices,
  attempt: number,
): Promise<RunState | undefined> {
  const token = releaseToken(inputs);
  try {
    const run = await runs.schedule({
      taskName: inputs.taskName,
      contextPath: inputs.context,
      values: runValues(inputs),
      token,
    });
    scheduled.set(run.runId, token);
    return run;
  } catch (error) {
    const delay = signal.aborted ? undefined : retryDelay(error, attempt);
    if (delay === undefined || attempt === ATTEMPTS) throw error;
    await pause(delay, signal);
    return undefined;
  }
}

async function builtImage(
  inputs: RunInputs,
  run: RunState,
  repository: ImageRepository,
): Promise<ResolvedManifest> {
  const tag = commitTag(inputs.commit);
  // The service may list no image of a run: the registry then says what the commit's tag names.
  const image = await repository.resolve(listedDigest(inputs, run) ?? tag);
  if (image === undefined) {
    throw releaseError(inputs, {
      code: "build-failed",
      message: `run ${run.runId} succeeded, but ${inputs.image}:${tag} is not in the registry: does the task push it?`,
    });
  }
  await checkLabels(inputs, image, repository);
  return image;
}

function listedDigest(
  { commit, image: repository }: RunInputs,
  run: RunState | undefined,
): string | undefined {
  const tag = commitTag(commit);
  return run?.outputImages.find((image) => image.repository === repository && image.tag === tag)
    ?.digest;
}

function outputs(
  inputs: RunInputs,
  { digest, size, mediaType }: ResolvedManifest,
  how: Pick<RunOutputs, "runId" | "adopted">,
): RunOutputs {
  checkDigest(inputs, digest);
  return { ...how, digest, size, mediaType };
}

async function runFailed(
  inputs: RunInputs,
  run: RunState,
  { runs }: SettleServices,
): Promise<SlipwayError> {
  const log = await runs.log(run.runId).catch((error: unknown) => String(error));
  const told = run.errorMessage === undefined ? "" : ` (${run.errorMessage})`;
  const lines = lastLines(log, LOG_LINES).map((line) => `  | ${line}`);
  return releaseError(inputs, {
    code: "build-failed",
    message: [
      `run ${run.runId} of task ${inputs.taskName} ended ${run.status}${told}`,
      ...lines,
    ].join("\n"),
  });
}
