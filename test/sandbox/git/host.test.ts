import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  CUSTOMER_TOKEN,
  type RunningGitHost,
  SOURCE_TOKEN,
  startGitHost,
} from "../../../sandbox/git/host.ts";
import { ensureSampleRepositories } from "../../../sandbox/git/samples.ts";

const run = promisify(execFile);
const PLATFORM = "git.example.com/platform/platform.git";
const ACME = "git.example.com/customers/acme.git";

let root: string;
let host: RunningGitHost;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "slipway-git-"));
  await mkdir(join(root, "served"));
  await writeFile(join(root, "secret.git"), "outside\n");
  await ensureSampleRepositories(join(root, "served"));
  host = await startGitHost({ projectRoot: join(root, "served"), port: 0 });
});

afterAll(async () => {
  await host.close();
  await rm(root, { recursive: true, force: true });
});

function url(repository: string, token?: string): string {
  const credentials = token === undefined ? "" : `anyone:${token}@`;
  return `http://${credentials}127.0.0.1:${host.port}/${repository}`;
}

async function git(...args: string[]): Promise<string> {
  const env = {
    ...process.env,
    GIT_TERMINAL_PROMPT: "0",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_AUTHOR_NAME: "t",
    GIT_AUTHOR_EMAIL: "t@example.com",
    GIT_COMMITTER_NAME: "t",
    GIT_COMMITTER_EMAIL: "t@example.com",
  };
  return (await run("git", args, { env })).stdout;
}

/** Sends a request line as it stands: fetch would tidy up `..` before it is sent. */
function rawStatus(target: string, token = SOURCE_TOKEN): Promise<number> {
  return new Promise((resolve, reject) => {
    const credentials = Buffer.from(`x:${token}`).toString("base64");
    const socket = connect(host.port, "127.0.0.1", () => {
      socket.write(
        `GET ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic ${credentials}\r\nConnection: close\r\n\r\n`,
      );
    });
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk.toString("latin1");
    });
    socket.on("end", () => resolve(Number(answer.split(" ")[1])));
    socket.on("error", reject);
  });
}

describe("git host", () => {
  it("lists refs when the token fits", async () => {
    const listing = await git("ls-remote", "--tags", "--", url(PLATFORM, SOURCE_TOKEN));
    expect(listing).toContain("refs/tags/orbit-webapp/v1.4.1^{}");
  });

  it.each([
    ["no token", PLATFORM, undefined],
    ["a wrong token", PLATFORM, "wrong"],
    ["the customers' token for a source repository", PLATFORM, CUSTOMER_TOKEN],
    ["the source token for a customer repository", ACME, SOURCE_TOKEN],
    ["a missing repository and no token", "git.example.com/platform/none.git", undefined],
  ])("answers 401 with a challenge when given %s", async (_, repository, token) => {
    const headers =
      token === undefined
        ? {}
        : { authorization: `Basic ${Buffer.from(`x:${token}`).toString("base64")}` };
    const address = `${url(repository)}/info/refs?service=git-upload-pack`;
    const response = await fetch(address, { headers });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toMatch(/^Basic /);
  });

  it("serves a commit by its id, shallow, when it is no branch's tip", async () => {
    const clone = join(root, "by-commit");
    const remote = url(PLATFORM, SOURCE_TOKEN);
    const tag = "refs/tags/orbit-webapp/v1.3.0^{}";
    const commit = (await git("ls-remote", "--", remote, tag)).slice(0, 40);
    await git("init", "--quiet", clone);
    await git("-C", clone, "fetch", "--quiet", "--depth=1", "--", remote, commit);
    const shown = await git("-C", clone, "show", `${commit}:services/orbit-webapp/package.json`);
    expect(JSON.parse(shown).version).toBe("1.3.0");
  });

  it("takes a push and serves it afterwards", async () => {
    const clone = join(root, "pushed");
    await git("clone", "--quiet", "--", url(ACME, CUSTOMER_TOKEN), clone);
    // More than one pkt-line buffer, so that git sends the pack in chunks.
    await writeFile(
      join(clone, "large.bin"),
      Buffer.alloc(3_000_000, 7).map((_, i) => (i * i) % 251),
    );
    await git("-C", clone, "add", "large.bin");
    await git("-C", clone, "commit", "--quiet", "-m", "Add a large file");
    await git("-C", clone, "push", "--quiet", "origin", "HEAD:refs/heads/large");
    const head = (await git("-C", clone, "rev-parse", "HEAD")).trim();
    const seen = await git("ls-remote", "--", url(ACME, CUSTOMER_TOKEN), "refs/heads/large");
    expect(seen.slice(0, 40)).toBe(head);
  });

  it("refuses a push without the token", async () => {
    const clone = join(root, "refused");
    await git("clone", "--quiet", "--", url(ACME, CUSTOMER_TOKEN), clone);
    await expect(git("-C", clone, "push", "--", url(ACME), "HEAD:refs/heads/no")).rejects.toThrow(
      /Authentication failed|could not read Username/,
    );
  });

  it.each([
    "/git.example.com/../../secret.git/info/refs?service=git-upload-pack",
    "/git.example.com/%2e%2e/%2e%2e/secret.git/info/refs?service=git-upload-pack",
    "/../secret.git/info/refs?service=git-upload-pack",
    "//etc/x/passwd.git/info/refs?service=git-upload-pack",
    "/git.example.com/platform/platform.git/config",
    "/git.example.com/platform/platform.git/info/refs",
    "/git.example.com/platform/platform.git/info/refs?service=git-upload-archive",
    "/git.example.com/platform/.hidden.git/info/refs?service=git-upload-pack",
    "/git.example.com/platform/none.git/info/refs?service=git-upload-pack",
  ])("answers 404 when asked for %s", async (target) => {
    expect(await rawStatus(target)).toBe(404);
  });

  it("answers 200 to the raw request that the traversal cases vary", async () => {
    expect(await rawStatus(`/${PLATFORM}/info/refs?service=git-upload-pack`)).toBe(200);
  });

  it("listens on loopback only", async () => {
    const listening = await run("sh", ["-c", "cat /proc/net/tcp /proc/net/tcp6"]);
    const port = host.port.toString(16).toUpperCase().padStart(4, "0");
    const lines = listening.stdout.split("\n").filter((line) => line.includes(`:${port} 0`));
    const listeners = lines.filter((line) => / 0A /.test(line));
    expect(listeners.map((line) => line.trim().split(/\s+/)[1])).toEqual([`0100007F:${port}`]);
  });
});
