import { describe, expect, it } from "vitest";
import { binariesBuilder } from "../../../releasing/kinds/binaries.ts";
import { runBuildCommand } from "../../../releasing/kinds/build-command.ts";
import { startRemote } from "../../source/remote.ts";
import { contextOf, problemsOf } from "./context.ts";

const BINARIES = { kind: "binaries", version: "1.2.3" } as const;

describe("binariesBuilder", () => {
  it("looks at files that are in the repository before there is any effect", async () => {
    const remote = await startRemote();
    const check = async (files: Readonly<Record<string, string>>, folder = "dist") => {
      const commit = await remote.commit("feat: files", { files });
      const context = await contextOf(remote, {
        ...BINARIES,
        commit,
        component: { binaries: { folder } },
      });
      return (await binariesBuilder.checks?.(context)) ?? [];
    };
    expect(await check({ "thing/dist/a": "1" })).toEqual([]);
    expect(await check({ "thing/dist/a:b": "1", "thing/dist/A": "1" })).toMatchObject([
      {
        code: "artifact-rule",
        message: expect.stringMatching(/^thing@1\.2\.3: thing: found "A" and "a", which are one/),
      },
      { code: "artifact-rule", message: expect.stringMatching(/found the file "a:b", whose name/) },
    ]);
    expect(await check({}, "bin")).toMatchObject([
      { code: "artifact-rule", message: expect.stringMatching(/found nothing at bin/) },
    ]);
  });

  it("runs no command before there is a tag", async () => {
    const remote = await startRemote();
    const commit = await remote.commit("feat: files", { files: { "thing/a": "1" } });
    const binaries = { folder: "dist", command: ["false"] };
    const context = await contextOf(remote, { ...BINARIES, commit, component: { binaries } });
    expect(await binariesBuilder.checks?.(context)).toEqual([]);
  });
});

describe("runBuildCommand", () => {
  it("tells the last lines of a build that fails", async () => {
    const script =
      'for (let i = 1; i < 13; i++) console.log("line", i); console.error("\\x1b[31mno\\x1b[0m"); process.exit(3)';
    const { context, run } = await prepared();
    const lines = [4, 5, 6, 7, 8, 9, 10, 11, 12].map((line) => `line ${line}`).join(" | ");
    expect(await problemsOf(run(["node", "-e", script]))).toEqual([
      {
        code: "build-failed",
        message: `thing@1.2.3: the build command node ended with 3 at ${context.tag.commit}; its last lines: ${lines} | no; correct it and release a new version, or run the same command again`,
      },
    ]);
  });

  it("tells how a build ended that said nothing", async () => {
    const { run } = await prepared();
    const [killed] = await problemsOf(run(["node", "-e", "process.kill(process.pid, 'SIGKILL')"]));
    expect(killed?.message).toMatch(/node was ended by SIGKILL at .*; it printed nothing; /);
    const [missing] = await problemsOf(run(["./build.sh"]));
    expect(missing?.message).toMatch(/\.\/build\.sh could not be started \(ENOENT\) at /);
  });

  it("gives a build its version, commit and time, and none of our secrets", async () => {
    const { context, run } = await prepared({
      SLIPWAY_SIGNING_KEY: "env://RELEASES",
      RELEASES: "-----BEGIN",
      DEPLOY_KEY: "key",
      COSIGN_PASSWORD: "pass",
      AZURE_CLIENT_SECRET: "secret",
      NPM_TOKEN: "token",
      GIT_ASKPASS: "ask",
      GOPROXY: "off",
    });
    const names = "SLIPWAY_VERSION SLIPWAY_COMMIT SOURCE_DATE_EPOCH GOPROXY";
    const secrets =
      "SLIPWAY_SIGNING_KEY RELEASES DEPLOY_KEY COSIGN_PASSWORD AZURE_CLIENT_SECRET NPM_TOKEN GIT_ASKPASS";
    const script = `const e = process.env;
      console.log("${names}".split(" ").map((name) => e[name]).join(" "));
      console.log("${secrets}".split(" ").filter((name) => name in e).length);
      process.exit(1)`;
    const [problem] = await problemsOf(run(["node", "-e", script]));
    const { commit } = context.tag;
    const time = Date.parse("2026-05-01T01:00:00Z") / 1000;
    expect(problem?.message).toContain(`its last lines: 1.2.3 ${commit} ${time} off | 0; `);
  });
});

async function prepared(env: Readonly<Record<string, string>> = {}) {
  const remote = await startRemote();
  const commit = await remote.commit("feat: files");
  const context = await contextOf(remote, { ...BINARIES, commit, env });
  const run = (command: readonly string[]) => runBuildCommand(context, command, remote.root);
  return { context, run };
}
