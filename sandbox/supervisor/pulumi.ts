import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { findTool } from "../../tools/find.mjs";
import { installAzureNative } from "../azure-native/install.ts";
import { PLUGIN_VERSION } from "../azure-native/version.ts";
import { sandboxEnv } from "./environment.ts";
import { sandboxPaths } from "./paths.ts";

/** The stack that the sandbox is for; `Pulumi.dev.yaml` pins its subscription (S-13). */
export const SANDBOX_STACK = "dev";

const DOCKER_BUILD = { plugin: "docker-build", version: "0.0.22" };

/**
 * Whether there is nothing for `preparePulumi` to do. Cheap: a second start asks.
 */
export async function pulumiIsReady(root: string): Promise<boolean> {
  if (findTool("pulumi") === undefined) return true;
  const { pulumiHome } = sandboxPaths(root);
  const plugin = `resource-azure-native-v${PLUGIN_VERSION}`;
  return (
    existsSync(join(pulumiHome, "plugins", plugin)) &&
    missingDockerBuild(root) === undefined &&
    (await missingStack(root)) === undefined
  );
}

/**
 * Makes the engine ready: plugins in the sandbox's own PULUMI_HOME, and the stack in its backend
 * when the checkout is a Pulumi project. What is there is left alone, and without an engine there
 * is nothing to do.
 * @throws with the engine's output when it fails
 */
export async function preparePulumi(root: string): Promise<void> {
  const pulumi = findTool("pulumi");
  if (pulumi === undefined) return;
  const { pulumiHome } = sandboxPaths(root);
  await installAzureNative({ pulumi, pulumiHome });
  const env = await sandboxEnv({ root });
  const program = missingDockerBuild(root);
  if (program !== undefined) {
    const { plugin, version } = DOCKER_BUILD;
    const args = ["plugin", "install", "resource", plugin, version, "--file", dirname(program)];
    await execa(pulumi, args, { env, stdin: "ignore" });
  }
  const stack = await missingStack(root);
  if (stack === undefined) return;
  const args = ["stack", "init", stack, "--no-select", "--non-interactive"];
  await execa(pulumi, args, { cwd: root, env, stdin: "ignore" });
}

/** @returns the plugin's program when it is set up and not installed yet */
function missingDockerBuild(root: string): string | undefined {
  const { plugin, version } = DOCKER_BUILD;
  const folder = join(sandboxPaths(root).pulumiHome, "plugins", `resource-${plugin}-v${version}`);
  return existsSync(folder) ? undefined : findTool(`pulumi-resource-${plugin}`);
}

/** @returns the stack's name when the backend lacks it, undefined also when there is no project */
async function missingStack(root: string): Promise<string | undefined> {
  const project = await readFile(join(root, "Pulumi.yaml"), "utf8").catch(() => undefined);
  if (project === undefined) return undefined;
  const { name } = parse(project) as { name: string };
  const { pulumiState } = sandboxPaths(root);
  const file = join(pulumiState, ".pulumi", "stacks", name, `${SANDBOX_STACK}.json`);
  return existsSync(file) ? undefined : SANDBOX_STACK;
}
