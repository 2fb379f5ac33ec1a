import { type ArmConnection, connectArm } from "../azure-client.ts";
import { type EndpointMap, endpointMapFrom } from "../endpoints.ts";
import { type ImageRepository, openRepository } from "../registry-client.ts";
import { type AcrRuns, openRuns } from "./acr-runs.ts";
import { parseRegistryId } from "./properties.ts";

/** Azure, reached when it is first asked for: a preview without changes never does. */
export class Azure {
  private connection: Promise<{ arm: ArmConnection; endpoints: EndpointMap }> | undefined;

  constructor(
    private readonly env: Readonly<Record<string, string | undefined>>,
    readonly signal: AbortSignal,
  ) {}

  /** @param registryId ARM id, checked */
  async runs(registryId: string): Promise<AcrRuns> {
    const { arm } = await this.connect();
    return openRuns(parseRegistryId(registryId), registryId, arm, this.signal);
  }

  async repository(registryId: string, repository: string): Promise<ImageRepository> {
    const { arm, endpoints } = await this.connect();
    return openRepository({
      registry: parseRegistryId(registryId).loginServer,
      repository,
      endpoints,
      credential: arm.credential,
      signal: this.signal,
    });
  }

  private connect(): Promise<{ arm: ArmConnection; endpoints: EndpointMap }> {
    this.connection ??= (async () => ({
      endpoints: endpointMapFrom(this.env),
      arm: await connectArm(this.env),
    }))();
    return this.connection;
  }
}
