import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { PLUGIN_VERSION } from "./version.ts";

const PLUGIN = "azure-native";
const LAUNCHER = `pulumi-resource-${PLUGIN}`;

export interface InstallOptions {
  /** Path of the `pulumi` command. */
  pulumi: string;
  /** Private home of the engine; made when it does not exist. */
  pulumiHome: string;
}

/**
 * Installs this checkout's stand-in as the plugin `azure-native`, at exactly the version that
 * `@pulumi/azure-native` asks for, so that a program needs to say nothing about it. Does nothing when
 * it is there already; takes the place of one that another checkout put there.
 *
 * @returns whether it had to be installed
 * @throws when `pulumi plugin install` fails, with its output
 */
export async function installAzureNative(options: InstallOptions): Promise<boolean> {
  const launcher = launcherScript();
  const folder = join(options.pulumiHome, "plugins", `resource-${PLUGIN}-v${PLUGIN_VERSION}`);
  const installed = await readFile(join(folder, LAUNCHER), "utf8").catch(() => undefined);
  if (installed === launcher) return false;
  await mkdir(options.pulumiHome, { recursive: true });
  const source = await mkdtemp(join(tmpdir(), "slipway-plugin-"));
  try {
    await writeFile(join(source, LAUNCHER), launcher, { mode: 0o755 });
    const args = ["plugin", "install", "resource", PLUGIN, PLUGIN_VERSION];
    await execa(options.pulumi, [...args, "--file", source, "--reinstall"], {
      env: { PULUMI_HOME: options.pulumiHome, PULUMI_SKIP_UPDATE_CHECK: "true" },
      stdin: "ignore",
    });
  } finally {
    await rm(source, { recursive: true, force: true });
  }
  return true;
}

/**
 * Two lines of shell: the installed copy stands alone and has to find this checkout's modules. The
 * shell says who its parent is, since an engine can be killed before the plugin could ask.
 */
export function launcherScript(): string {
  const plugin = join(import.meta.dirname, "main.mjs");
  const command = [process.execPath, plugin].map(shellQuote).join(" ");
  return `#!/bin/sh\nexec ${command} "$PPID" "$@"\n`;
}

function shellQuote(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
