import type { CreateResult, DiffResult, ReadResult } from "@pulumi/pulumi/provider/provider.js";
import pLimit from "p-limit";
import { commitTag } from "../../registry/tags.ts";
import type { Azure } from "./azure.ts";
import { type Properties, parseRegistryId } from "./properties.ts";
import { checkDigest, findReleaseImage } from "./release-image.ts";
import type { ResourceHandler } from "./resource-handler.ts";
import { asRunInputs, checkRunInputs, diffRun } from "./run-inputs.ts";
import { settleRun } from "./settle.ts";

/** Runs that one process has under way: more of them gain nothing and are throttled. */
const CONCURRENT_RUNS = 8;

/** `slipway:acr:Run` */
export class RunResource implements ResourceHandler {
  readonly check = checkRunInputs;
  private readonly scheduled = new Map<string, string>();
  private readonly limit = pLimit(CONCURRENT_RUNS);

  constructor(private readonly azure: Azure) {}

  diff(state: Properties, properties: Properties): DiffResult {
    const diff = diffRun(state, properties);
    if (diff.changes !== true) checkDigest(asRunInputs(properties), String(state.digest));
    return diff;
  }

  async create(properties: Properties): Promise<CreateResult> {
    const inputs = asRunInputs(properties);
    const { registryId, image } = inputs;
    const { signal } = this.azure;
    return this.limit(async () => {
      const outs = await settleRun(inputs, {
        runs: await this.azure.runs(registryId),
        repository: await this.azure.repository(registryId, image),
        scheduled: this.scheduled,
        signal,
      });
      const { loginServer } = parseRegistryId(registryId);
      const id = `${loginServer}/${image}:${commitTag(inputs.commit)}`;
      return { id, outs: { ...inputs, ...outs } };
    }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
      throw new Error(
        `${inputs.component}@${inputs.version}: canceled; a run that was scheduled goes on in Azure, and the next update waits for it`,
      );
    });
  }

  /** The image under the commit's tag is what is left of a run: without it the run is gone. */
  async read(id: string, state: Properties): Promise<ReadResult> {
    if (state.commit === undefined) {
      throw new Error(`${id} is not imported: an update finds and adopts the image by itself`);
    }
    const inputs = asRunInputs(state);
    const repository = await this.azure.repository(inputs.registryId, inputs.image);
    const image = await findReleaseImage(inputs, repository);
    if (image === undefined) return { id: "", props: {} };
    const { digest, size, mediaType } = image;
    // Another image than the run's: it is not known what built that.
    const how = digest === state.digest ? {} : { runId: "", adopted: true };
    return { id, props: { ...state, ...how, digest, size, mediaType }, inputs: { ...inputs } };
  }
}
