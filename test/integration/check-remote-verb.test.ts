import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect, it, onTestFinished } from "vitest";
import type { CheckDocument } from "../../cli/check/index.ts";
import { gitEnvironment } from "../../sandbox/git/git-process.ts";
import { startGitHost } from "../../sandbox/git/host.ts";
import { ensureSampleRepositories } from "../../sandbox/git/samples.ts";
import { BIN } from "../cli/bin.ts";
import { tempCheckout } from "../fixtures/checkout.ts";

it("slipway check --remote asks private repositories with the stack's tokens", async () => {
  const root = await mkdtemp(join(tmpdir(), "slipway-remote-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const projectRoot = join(root, "git");
  await ensureSampleRepositories(projectRoot);
  const host = await startGitHost({ projectRoot, port: 0 });
  onTestFinished(() => host.close());
  const checkout = await tempCheckout();
  const check = async () => {
    const env = {
      SLIPWAY_ENDPOINTS: JSON.stringify({
        "https://git.example.com/": `http://127.0.0.1:${host.port}/git.example.com/`,
      }),
      PULUMI_BACKEND_URL: `file://${root}`,
      PULUMI_CONFIG_PASSPHRASE: "slipway-sandbox",
      PULUMI_HOME: join(root, "pulumi"),
    };
    const args = [BIN, "check", "--remote", "--json"];
    const options = { cwd: checkout.root, env, reject: false } as const;
    const { exitCode, stdout } = await execa(process.execPath, args, options);
    return { exitCode, document: JSON.parse(stdout) as CheckDocument };
  };
  expect(await check()).toMatchObject({ exitCode: 0, document: { ok: true, problems: [] } });

  const bare = join(projectRoot, "git.example.com", "platform", "platform.git");
  const args = [`--git-dir=${bare}`, "tag", "--delete", "orbit-webapp/v1.4.0"];
  await execa("git", args, { env: gitEnvironment(), extendEnv: false });
  expect(await check()).toMatchObject({
    exitCode: 1,
    document: {
      ok: false,
      problems: [{ code: "tag-missing", file: "releases/orbit-webapp/v1.4.0/release.yaml" }],
    },
  });
}, 120_000);
