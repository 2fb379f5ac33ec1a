import { execa } from "execa";
import { findBuildKit } from "../../tools/find.mjs";
import type { BuildKitClient } from "../acr/image-build.ts";
import { BASE_REPOSITORY, BASE_TAGS } from "../oci/base-image.ts";

const ANSWER_SECONDS = 5;

/**
 * A BuildKit that runs already, taken as it is. It does not know the sandbox's registry as a mirror,
 * so base images are named to it one by one.
 * @param own address of the sandbox's own one, which the sandbox's environment names
 * @returns undefined when there is none, and the sandbox has to start its own
 * @throws when it does not answer
 */
export async function runningBuildKit(
  buildctl: string,
  registryPort: number,
  own?: string,
): Promise<BuildKitClient | undefined> {
  const running = findBuildKit();
  if (running === undefined || running.address === own) return undefined;
  await checkBuildKit(buildctl, running);
  const images = Object.values(BASE_TAGS).map((tag) => [
    `node:${tag}`,
    `docker-image://127.0.0.1:${registryPort}/${BASE_REPOSITORY}:${tag}`,
  ]);
  return { buildctl, address: running.address, baseImages: Object.fromEntries(images) };
}

async function checkBuildKit(
  buildctl: string,
  { address, from }: { address: string; from: string },
): Promise<void> {
  const args = ["--addr", address, "--timeout", String(ANSWER_SECONDS), "debug", "workers"];
  const timeout = ANSWER_SECONDS * 2_000;
  const { exitCode, stderr } = await execa(buildctl, args, { reject: false, timeout });
  if (exitCode === 0) return;
  throw new Error(`the BuildKit of ${from}, ${address}, does not answer: ${stderr.trim()}`);
}
