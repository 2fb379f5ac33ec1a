import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { devNull, tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { describe, expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import { findTool, whyMissing } from "../../tools/find.mjs";

const FOLDER = path.resolve(import.meta.dirname, "../../.github/workflows");
const FILES = readdirSync(FOLDER);
const ACTIONLINT = findTool("actionlint") ?? "";
const MISSING = whyMissing("actionlint");
const SKIPPED = MISSING === undefined ? "" : `: ${MISSING}`;

/** Action, its input that names the version, and the tool's folder here. */
const RELEASE_TOOLS = [
  ["sigstore/cosign-installer", "cosign-release", "cosign"],
  ["anchore/sbom-action/download-syft", "syft-version", "syft"],
  ["azure/setup-helm", "version", "helm"],
] as const;

interface Step {
  name?: string;
  env?: Record<string, string>;
  uses?: string;
  with?: Record<string, unknown>;
  run?: string;
}
interface Workflow {
  permissions: Record<string, string>;
  jobs: Record<string, { permissions?: Record<string, string>; steps: Step[] }>;
}

const read = (file: string): string => readFileSync(path.join(FOLDER, file), "utf8");

const goMod = (tool: string): string =>
  readFileSync(path.resolve(FOLDER, "../../tools", tool, "go.mod"), "utf8");

/** Problems that actionlint has with a workflow; shellcheck would make them depend on the machine. */
async function lint(text: string): Promise<string> {
  const flags = ["-no-color", "-shellcheck=", "-pyflakes=", "-"];
  const run = await execa(ACTIONLINT, flags, { input: text, cwd: FOLDER, reject: false });
  return run.exitCode === 0 ? "" : `${run.stdout}${run.stderr}`;
}

describe.each(FILES)(".github/workflows/%s", (file) => {
  const workflow = parse(read(file)) as Workflow;
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

  it.skipIf(MISSING !== undefined)(`has no problem that actionlint knows${SKIPPED}`, async () => {
    expect(await lint(read(file))).toBe("");
  });

  it("gives nothing by default, and each job what it names", () => {
    expect(workflow.permissions).toEqual({});
    for (const { permissions } of Object.values(workflow.jobs)) {
      expect(Object.keys(permissions ?? {}).length).toBeGreaterThan(0);
      const writes = Object.entries(permissions ?? {}).filter(([, access]) => access === "write");
      const allowed = file === "release.yml" ? ["contents", "id-token"] : ["id-token"];
      expect(allowed).toEqual(expect.arrayContaining(writes.map(([scope]) => scope)));
    }
  });

  it("names a version of every action, and no branch", () => {
    const uses = steps.flatMap((step) => step.uses ?? []);
    expect(uses.length).toBeGreaterThan(2);
    for (const action of uses) expect(action).toMatch(/^[\w.-]+\/[\w./-]+@(v\d+|[0-9a-f]{40})$/);
  });

  it("puts no expression into a script, where it would be run as one", () => {
    const scripts = steps.flatMap((step) => step.run ?? []);
    expect(scripts.length).toBeGreaterThan(1);
    for (const script of scripts) expect(script).not.toContain("${{");
  });

  it("calls slipway as it is installed", () => {
    const calls = steps.flatMap((step) => step.run?.match(/\S+ \S+ slipway\b/g) ?? []);
    for (const call of calls) expect(call).toBe("npx --no-install slipway");
  });
});

describe("release.yml", () => {
  const steps = Object.values((parse(read("release.yml")) as Workflow).jobs).flatMap(
    (job) => job.steps,
  );

  it("pushes the record when another one was pushed meanwhile, and nothing when there is none", async () => {
    const root = mkdtempSync(path.join(tmpdir(), "slipway-workflow-"));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    const { run = "", env = {} } = steps.find(({ name }) => name === "Push the record") ?? {};
    // As on a runner, where git knows nobody's name.
    const config = { GIT_CONFIG_GLOBAL: devNull, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_COUNT: "1" };
    const nobody = { GIT_CONFIG_KEY_0: "user.useConfigOnly", GIT_CONFIG_VALUE_0: "true" };
    const all = { ...config, ...nobody, ...env, RELEASE: "orbit-webapp@1.5.0" };
    const shell = (script: string, folder: string, own: Record<string, string> = all) =>
      execa("bash", ["-e", "-c", script], { cwd: path.join(root, folder), env: own });
    await shell("git init -q --bare -b main origin && git clone -q origin a", ".");
    await shell(
      "mkdir releases; echo 1 > releases/a; git add .; git commit -qm 1; git push -q",
      "a",
    );
    await shell("git clone -q origin b", ".");
    await shell("echo 2 > releases/a; git commit -qam 2; git push -q", "a");
    await shell("echo 3 > releases/b", "b");
    await shell(run, "b");
    const log = await shell("git log --format=%s,%an,%cn main", "origin");
    expect(log.stdout.split("\n")).toEqual(
      ["Release orbit-webapp@1.5.0", "2", "1"].map((subject) => `${subject},slipway,slipway`),
    );
    expect((await shell(run, "b")).stdout).toContain("there is nothing to record");
  });

  it.each(RELEASE_TOOLS)("installs with %s the version that is tested", (action, input, tool) => {
    const step = steps.find(({ uses = "" }) => uses.startsWith(`${action}@`));
    const [, version] = /^require \S+ (v\S+)$/m.exec(goMod(tool)) ?? [];
    expect(version).toMatch(/^v\d/);
    expect(step?.with?.[input]).toBe(version);
  });
});

describe.skipIf(MISSING !== undefined)(`actionlint${SKIPPED}`, () => {
  it.each([
    ["a permission is unknown", "contents: read", "content: read", /unknown permission scope/],
    [
      "an expression is unknown",
      "github.event.pull_request.number",
      "githb.x",
      /undefined variable/,
    ],
    ["a key is unknown", "runs-on:", "run-on:", /unexpected key|"runs-on" section is missing/],
    ["a job is unknown", "needs: check", "needs: chek", /chek/],
  ])("finds it when %s", async (_what, from, to, says) => {
    const text = read("preview.yml");
    expect(text).toContain(from);
    expect(await lint(text.replace(from, to))).toMatch(says);
  });
});
