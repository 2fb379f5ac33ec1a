import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import { expect, it, onTestFinished } from "vitest";
import { gitEnvironment } from "../../sandbox/git/git-process.ts";
import { startGitHost } from "../../sandbox/git/host.ts";
import { ensureSampleRepositories } from "../../sandbox/git/samples.ts";
import { BIN } from "../cli/bin.ts";
import { type TempCheckout, tempCheckout } from "../fixtures/checkout.ts";
import { tool } from "./sandbox-parts.ts";

const SLOW = 120_000;

interface World {
  checkout: TempCheckout;
  /** A verb with `--json`. */
  slipway(...args: string[]): Promise<{ exitCode: number | undefined; document: unknown }>;
  /** git in a sample repository. */
  git(repository: string, ...args: string[]): Promise<string>;
  /** The arguments of each call of `pulumi` so far. */
  engineCalls(): string[];
}

it(
  "slipway check --remote asks private repositories with the stack's tokens",
  async () => {
    const { slipway, git, engineCalls } = await startWorld();
    const check = () => slipway("check", "--remote");
    expect(await check()).toMatchObject({ exitCode: 0, document: { ok: true, problems: [] } });
    await git("platform", "tag", "--delete", "orbit-webapp/v1.4.0");
    expect(await check()).toMatchObject({
      exitCode: 1,
      document: {
        ok: false,
        problems: [{ code: "tag-missing", file: "releases/orbit-webapp/v1.4.0/release.yaml" }],
      },
    });
    const before = engineCalls().length;
    await check();
    const reads = engineCalls().slice(before);
    // Records are from three repositories, and one call reads the tokens of all.
    expect(reads.filter((line) => line.startsWith("config "))).toHaveLength(1);
  },
  SLOW,
);

it(
  "slipway records reproduce exits with 1 where something differs",
  async () => {
    const { checkout, slipway, git } = await startWorld();
    const commit = await git("toolkit", "rev-parse", "main");
    const tag = "go/trajectory/v0.1.0";
    expect(await slipway("release", "trajectory@0.1.0")).toMatchObject({ exitCode: 0 });
    const reproduce = () => slipway("records", "reproduce", "trajectory@0.1.0");
    const first = await reproduce();
    const sum = expect.stringMatching(/^h1:/);
    const identity = { component: "trajectory", version: "0.1.0", commit };
    expect(first).toEqual({
      exitCode: 0,
      document: { ok: true, ...identity, recorded: sum, rebuilt: sum, differences: [] },
    });

    const record = "releases/trajectory/v0.1.0/release.yaml";
    const wrong = `h1:${"A".repeat(43)}=`;
    checkout.write(record, checkout.read(record).replace(/h1:[^\s"]+/, wrong));
    expect(await reproduce()).toMatchObject({
      exitCode: 1,
      document: { ok: false, recorded: wrong, differences: [{ path: "module.sum" }] },
    });
    await git("toolkit", "tag", "--delete", tag);
    expect(await reproduce()).toMatchObject({
      exitCode: 1,
      document: { error: { code: "tag-missing" } },
    });
  },
  SLOW,
);

/** A checkout, and a host with its sample repositories; no sandbox and no registry. */
async function startWorld(): Promise<World> {
  const root = await mkdtemp(join(tmpdir(), "slipway-remote-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const projectRoot = join(root, "git");
  await ensureSampleRepositories(projectRoot);
  const gitHost = await startGitHost({ projectRoot, port: 0 });
  onTestFinished(() => gitHost.close());
  const checkout = await tempCheckout();
  await checkout.commit("Start");
  const calls = join(root, "calls");
  await mkdir(join(root, "bin"));
  await writeFile(
    join(root, "bin", "pulumi"),
    `#!/bin/sh\nprintf '%s\\n' "$*" >> '${calls}'\nexec '${tool("pulumi")}' "$@"\n`,
    { mode: 0o755 },
  );
  // An engine counts with its language host only.
  const host = "pulumi-language-nodejs";
  await symlink(join(dirname(tool("pulumi")), host), join(root, "bin", host));
  const env = {
    PATH: [join(root, "bin"), process.env.PATH].join(delimiter),
    SLIPWAY_ENDPOINTS: JSON.stringify({
      "https://git.example.com/": `http://127.0.0.1:${gitHost.port}/git.example.com/`,
    }),
    SLIPWAY_SOURCES: join(root, "sources"),
    PULUMI_BACKEND_URL: `file://${root}`,
    PULUMI_CONFIG_PASSPHRASE: "slipway-sandbox",
    PULUMI_HOME: join(root, "pulumi"),
  };
  return {
    checkout,
    async slipway(...args) {
      const options = { cwd: checkout.root, env, reject: false } as const;
      const { exitCode, stdout } = await execa(process.execPath, [BIN, ...args, "--json"], options);
      return { exitCode, document: JSON.parse(stdout) };
    },
    engineCalls: () => readFileSync(calls, "utf8").trim().split("\n"),
    async git(repository, ...args) {
      const bare = join(projectRoot, "git.example.com", "platform", `${repository}.git`);
      const options = { env: gitEnvironment(), extendEnv: false };
      return (await execa("git", [`--git-dir=${bare}`, ...args], options)).stdout;
    },
  };
}
