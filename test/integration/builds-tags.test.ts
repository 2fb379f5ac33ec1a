import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkTags } from "../../builds/tags.ts";
import type { TagExpectation } from "../../config/plan-types.ts";
import { git } from "../../sandbox/git/git-process.ts";
import { type RunningGitHost, SOURCE_TOKEN, startGitHost } from "../../sandbox/git/host.ts";

const URL_OF = "https://git.example.com/team/source.git";
const OTHER = "https://git.example.com/team/other.git";
const tokens = { source: SOURCE_TOKEN, other: SOURCE_TOKEN };

let root: string;
let host: RunningGitHost;
let first: string;
let second: string;
let otherFirst: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "slipway-tags-"));
  [first, second] = await writeRepository("source");
  [otherFirst] = await writeRepository("other");
  host = await startGitHost({ projectRoot: root, port: 0 });
});

afterAll(async () => {
  await host.close();
  await rm(root, { recursive: true, force: true });
});

describe("checkTags", () => {
  it("finds nothing wrong when annotated, nested and lightweight tags stand at their commits", async () => {
    const good = [
      expected("app/v1.0.0", first),
      expected("app/v1.1.0", second),
      expected("app/v1.1.1", second),
      { ...expected("app/v1.0.0", otherFirst), url: OTHER, repository: "other" },
    ];
    expect(await checkTags(good, { env: environment(), tokens })).toEqual([]);
  });

  it("names both commits and the record when a tag has moved", async () => {
    const problems = await checkTags(
      [expected("app/v1.1.0", first), expected("app/v1.0.0", second)],
      {
        env: environment(),
        tokens,
      },
    );
    expect(problems).toHaveLength(2);
    for (const problem of problems) {
      expect(problem).toMatchObject({ code: "tag-moved", path: "source.commit" });
      expect(problem.file).toMatch(/^releases\/app\/v1\..\.0\/release\.yaml$/);
      expect(problem.message).toContain(first);
      expect(problem.message).toContain(second);
    }
  });

  it("says so when a tag is missing, and takes no tag for another that begins with it", async () => {
    const [problem, ...rest] = await checkTags([expected("app/v1.0", first)], {
      env: environment(),
      tokens,
    });
    expect(rest).toEqual([]);
    expect(problem).toMatchObject({ code: "tag-missing", file: "releases/app/v1.0/release.yaml" });
  });

  it("reports each repository once when its token is missing or wrong, and never asks", async () => {
    const expectations = [expected("app/v1.0.0", first), expected("app/v1.1.0", second)];
    for (const wrong of [{}, { source: "not-the-token" }]) {
      const problems = await checkTags(expectations, { env: environment(), tokens: wrong });
      expect(problems).toMatchObject([{ code: "repository-unreachable" }]);
      expect(problems[0]?.message).toContain(URL_OF);
      expect(problems[0]?.message).toContain("slipway:source_tokens.source");
      expect(problems[0]?.message).not.toContain("not-the-token");
    }
  });

  it("still checks the other repositories when one cannot be reached", async () => {
    const gone = { ...expected("app/v1.0.0", first), url: "https://git.example.com/team/gone.git" };
    const problems = await checkTags([gone, expected("app/v1.0.0", second)], {
      env: environment(),
      tokens,
    });
    expect(problems.map(({ code }) => code).sort()).toEqual([
      "repository-unreachable",
      "tag-moved",
    ]);
  });

  it.each([
    "--upload-pack=touch marker",
    "ext::sh -c touch% marker",
    "git@git.example.com:team/source.git",
    "http://git.example.com/team/source.git",
    "https://user:secret@git.example.com/team/source.git",
  ])("refuses %s before git sees it", async (url) => {
    const problems = await checkTags([{ ...expected("app/v1.0.0", first), url }], {
      env: { ...environment(), PATH: "/nonexistent" },
      tokens,
    });
    expect(problems).toMatchObject([{ code: "repository-unreachable" }]);
    expect(problems[0]?.message).toContain("not https");
  });

  it("refuses a repository on disk, by its URL or by a rewrite in the user's settings", async () => {
    const path = `${root}/git.example.com/team/source.git`;
    const byUrl = { ...expected("app/v1.0.0", first), url: `file://${path}` };
    expect(await checkTags([byUrl], { env: environment(), tokens })).toMatchObject([
      { code: "repository-unreachable" },
    ]);
    const settings = join(root, "gitconfig");
    const local = `http://127.0.0.1:${host.port}/git.example.com/team/source.git`;
    await writeFile(settings, `[url "file://${path}"]\n\tinsteadOf = ${local}\n`);
    const env = { ...environment(), GIT_CONFIG_GLOBAL: settings };
    const problems = await checkTags([expected("app/v1.0.0", first)], { env, tokens });
    expect(problems[0]?.message).toContain("transport 'file' not allowed");
  });

  it("gives up when the host does not answer in time", async () => {
    const server = createServer(() => {});
    const port = await listen(server);
    try {
      const options = { env: environment(port), tokens, timeout: 300 };
      const [problem] = await checkTags([expected("app/v1.0.0", first)], options);
      expect(problem).toMatchObject({ code: "repository-unreachable" });
      expect(problem?.message).toContain("no answer within 0.3 s");
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it("keeps the token out of every argument list, and sends it to the host", async () => {
    const seen: string[] = [];
    let argumentLists = "";
    const server = createServer(async (request, response) => {
      seen.push(String(request.headers.authorization));
      argumentLists = await childArguments();
      response.writeHead(403).end();
    });
    const port = await listen(server);
    const env = environment(port);
    try {
      const [problem] = await checkTags([expected("app/v1.0.0", first)], {
        env,
        tokens: { source: "s3cr3t-token" },
      });
      expect(problem).toMatchObject({ code: "repository-unreachable" });
    } finally {
      server.closeAllConnections();
      server.close();
    }
    const encoded = Buffer.from("x-access-token:s3cr3t-token").toString("base64");
    expect(seen).toEqual([`Basic ${encoded}`]);
    expect(argumentLists).toContain("ls-remote");
    expect(argumentLists).not.toContain("s3cr3t-token");
    expect(argumentLists).not.toContain(encoded);
  });

  it("masks a token that the host sends back", async () => {
    const server = createServer((request, response) => {
      const [, encoded = ""] = String(request.headers.authorization).split(" ");
      response.writeHead(403, { "Content-Type": "text/plain" });
      response.end(`no entry for ${encoded} and s3cr3t-token\n`);
    });
    const port = await listen(server);
    try {
      const [problem] = await checkTags([expected("app/v1.0.0", first)], {
        env: environment(port),
        tokens: { source: "s3cr3t-token" },
      });
      expect(problem?.message).toContain("no entry for *** and ***");
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

function expected(tag: string, commit: string): TagExpectation {
  return { url: URL_OF, repository: "source", tag, commit, file: `releases/${tag}/release.yaml` };
}

function environment(port = host.port): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    HOME: root,
    // A caller inside a git hook has these; they must not lead git to another repository.
    GIT_DIR: "/nonexistent",
    EDITOR: "false",
    SLIPWAY_ENDPOINTS: JSON.stringify({
      "https://git.example.com/": `http://127.0.0.1:${port}/git.example.com/`,
    }),
  };
}

/** `app/v1.0.0` annotated, `v1.1.0` lightweight, `v1.1.1` a tag of a tag. */
async function writeRepository(name: string): Promise<[string, string]> {
  const bare = join(root, "git.example.com", "team", `${name}.git`);
  await git(["init", "-q", "--bare", bare]);
  const run = (...args: string[]) =>
    git(["-c", "user.name=a", "-c", "user.email=a@example.com", "-C", bare, ...args]);
  const tree = await git(["-C", bare, "mktree"], "");
  const one = await run("commit-tree", "-m", "one", tree);
  const two = await run("commit-tree", "-m", "two", "-p", one, tree);
  await run("tag", "-a", "-m", "one", "app/v1.0.0", one);
  await run("tag", "app/v1.1.0", two);
  await run("tag", "-a", "-m", "inner", "inner", two);
  await run("tag", "-a", "-m", "outer", "app/v1.1.1", "inner");
  return [one, two];
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  return address.port;
}

/** Arguments of all processes whose parents lead to this one. */
async function childArguments(): Promise<string> {
  const processes = new Map<number, { parent: number; text: string }>();
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, "utf8").catch(() => undefined);
    const text = await readFile(`/proc/${entry}/cmdline`, "utf8").catch(() => "");
    const parent = Number(stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    if (stat !== undefined) processes.set(Number(entry), { parent, text });
  }
  const isOurs = (pid: number): boolean =>
    pid === process.pid || (processes.has(pid) && isOurs(processes.get(pid)?.parent ?? 0));
  return [...processes]
    .filter(([pid]) => isOurs(pid))
    .map(([, { text }]) => text)
    .join("\n");
}
