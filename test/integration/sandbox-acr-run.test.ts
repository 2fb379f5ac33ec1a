import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SOURCE_TOKEN } from "../../sandbox/git/host.ts";
import { listSampleTags } from "../../sandbox/git/samples.ts";
import { resetSandbox, sandboxEnv, startSandbox } from "../../sandbox/index.ts";
import { RegistryClient } from "../../sandbox/oci/registry-client.ts";

const run = promisify(execFile);
const SLOW = 120_000;
const SCRIPT = fileURLToPath(new URL("schedule-run.ts", import.meta.url));

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "slipway-acr-"));
  await startSandbox({ root });
}, SLOW);

afterAll(async () => {
  await resetSandbox({ root });
  await rm(root, { recursive: true, force: true });
}, SLOW);

/** Runs the script under the sandbox's environment; the SDK of the real service does the rest. */
async function schedule(taskYaml: string, context: string, token: string) {
  const env = { ...process.env, ...(await sandboxEnv({ root })) };
  const args = ["--import", "tsx", SCRIPT, taskYaml, context, token];
  const { stdout } = await run(process.execPath, args, { env });
  return JSON.parse(stdout) as {
    status: string;
    images?: { repository: string; tag: string; digest: string }[];
    log: string;
  };
}

async function contextOf(component: string, version: string) {
  const tags = await listSampleTags(join(root, ".sandbox/git"));
  const found = tags.find((tag) => tag.component === component && tag.version === version);
  if (found === undefined) throw new Error(`no sample ${component} ${version}`);
  return `https://git.example.com/${found.repository}.git#${found.commit}:${found.path}`;
}

const TASK = `version: v1.1.0
steps:
  - build: -t $Registry/orbit-webapp:1.3.0 --label org.opencontainers.image.version=1.3.0 .
  - push: ["$Registry/orbit-webapp:1.3.0"]
`;

describe("a run scheduled with the official SDK", () => {
  it("builds, pushes and tells the digest that the registry has", { timeout: SLOW }, async () => {
    const result = await schedule(TASK, await contextOf("orbit-webapp", "1.3.0"), SOURCE_TOKEN);
    expect(result.status, result.log).toBe("Succeeded");
    const env = await sandboxEnv({ root });
    const endpoint = JSON.parse(env.SLIPWAY_ENDPOINTS ?? "")["*.azurecr.io"].replace("/*", "");
    const digest = await new RegistryClient(endpoint).headManifest(
      "slipwaydev/orbit-webapp",
      "1.3.0",
    );
    expect(digest).toMatch(/^sha256:/);
    expect(result.images).toEqual([
      expect.objectContaining({ repository: "orbit-webapp", tag: "1.3.0", digest }),
    ]);
    expect(result.log).toContain(`digest: ${digest}`);
  });

  it("shows why it failed in its log", { timeout: SLOW }, async () => {
    const result = await schedule(TASK, await contextOf("orbit-webapp", "1.3.0"), "wrong-token");
    expect(result.status).toBe("Failed");
    expect(result.log).toMatch(/could not read Username[\s\S]*failed to download the context/);
  });

  it("leaves the context's token in no file of the sandbox in clear", {
    timeout: SLOW,
  }, async () => {
    const directory = join(root, ".sandbox");
    const files = await readdir(directory, { recursive: true, withFileTypes: true });
    const searched = files.filter(
      (entry) =>
        entry.isFile() &&
        !/\/(git|pulumi-home|registry\/data|buildkit\/root\/.*\/fs)\b/.test(entry.parentPath),
    );
    expect(searched.map(({ name }) => name)).toContain("requests.jsonl");
    const found: string[] = [];
    for (const { parentPath, name } of searched) {
      const content = await readFile(join(parentPath, name));
      if (content.includes(SOURCE_TOKEN)) found.push(join(parentPath, name));
    }
    expect(found).toEqual([]);
  });
});
