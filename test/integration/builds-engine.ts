import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { toolsEnvPath } from "../../tools/find.mjs";
import { tool } from "./sandbox-parts.ts";

export interface Outcome {
  exitCode: number;
  /** Standard output and error together. */
  output: string;
}

export interface Engine {
  /** Runs `pulumi` without prompts; a failure is an outcome, not an error. */
  pulumi(args: string[]): Promise<Outcome>;
  /** What the program is told: any JSON. */
  configure(settings: unknown): Promise<void>;
  /** Operations of a preview that are not `same`, by the resource's name. */
  preview(): Promise<Record<string, string>>;
  outputs(): Promise<Record<string, unknown>>;
  /** The checkpoint as text. */
  state(): Promise<string>;
  close(): Promise<void>;
}

const CHECKOUT = join(import.meta.dirname, "../..");
const STACK = "dev";

/** A real engine with a project of its own, whose `index.ts` is given; it reads `settings.json`. */
export async function startEngine(
  program: string,
  env: Record<string, string>,
  plugins: readonly { name: string; version: string; program: string }[] = [],
): Promise<Engine> {
  const root = await mkdtemp(join(tmpdir(), "slipway-engine-"));
  const cwd = join(root, "program");
  await Promise.all([mkdir(cwd), mkdir(join(root, "state"))]);
  await symlink(join(CHECKOUT, "node_modules"), join(cwd, "node_modules"));
  await symlink(program, join(cwd, "index.ts"));
  await writeFile(join(cwd, "package.json"), JSON.stringify({ type: "module", main: "index.ts" }));
  await writeFile(
    join(cwd, "Pulumi.yaml"),
    stringify({
      name: "runs",
      runtime: { name: "nodejs", options: { typescript: false, nodeargs: "--import tsx" } },
      plugins: { providers: [{ name: "slipway", path: join(CHECKOUT, "builds/plugin") }] },
    }),
  );
  const options = {
    cwd,
    env: {
      ...env,
      SETTINGS: join(cwd, "settings.json"),
      PULUMI_HOME: join(root, "home"),
      PULUMI_BACKEND_URL: `file://${join(root, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_STACK: STACK,
      PATH: [toolsEnvPath(), process.env.PATH].filter(Boolean).join(delimiter),
    },
    reject: false,
    stdin: "ignore",
    cleanup: true,
  } as const;
  const run = async (args: string[]) => {
    const all = [...args, "--non-interactive"];
    const { exitCode, stdout, stderr } = await execa(tool("pulumi"), all, options);
    return { exitCode: exitCode ?? -1, stdout, stderr, output: `${stdout}\n${stderr}` };
  };
  const must = async (args: string[]) => {
    const { exitCode, output } = await run(args);
    if (exitCode !== 0) throw new Error(output);
  };
  try {
    for (const { name, version, program: file } of plugins) {
      await must(["plugin", "install", "resource", name, version, "--file", dirname(file)]);
    }
    await must(["stack", "init", STACK]);
  } catch (error) {
    await rm(root, { recursive: true, force: true });
    throw error;
  }
  return {
    pulumi: run,
    configure: (settings) => writeFile(options.env.SETTINGS, JSON.stringify(settings)),
    async preview() {
      const { stdout, stderr } = await run(["preview", "--json"]);
      const { steps } = JSON.parse(stdout) as { steps?: { op: string; urn: string }[] };
      if (steps === undefined) throw new Error(`no preview: ${stdout}\n${stderr}`);
      const changed = steps.filter(({ op }) => op !== "same");
      return Object.fromEntries(changed.map(({ op, urn }) => [urn.split("::").at(-1), op]));
    },
    outputs: async () => JSON.parse((await run(["stack", "output", "--json"])).stdout),
    state: async () => (await run(["stack", "export"])).stdout,
    close: () => rm(root, { recursive: true, force: true }),
  };
}
