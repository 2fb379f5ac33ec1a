import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";

/** The buildx builder that the docker-build plugin is told to use. */
export const BUILDER_NAME = "slipway";

/**
 * Registers a BuildKit that runs as a buildx builder, in a configuration folder of the sandbox's
 * own: what `docker buildx create --driver remote` would write.
 * @param buildxConfig the folder that `BUILDX_CONFIG` names
 * @param address of the BuildKit, such as `unix:///run/buildkitd.sock`
 */
export async function writeBuilderInstance(buildxConfig: string, address: string): Promise<void> {
  const instances = join(buildxConfig, "instances");
  await mkdir(instances, { recursive: true });
  const node = {
    Name: `${BUILDER_NAME}0`,
    Endpoint: address,
    Platforms: null,
    DriverOpts: null,
    Flags: null,
    Files: null,
  };
  const instance = { Name: BUILDER_NAME, Driver: "remote", Nodes: [node], Dynamic: false };
  await writeFileAtomic(join(instances, BUILDER_NAME), `${JSON.stringify(instance)}\n`);
}
