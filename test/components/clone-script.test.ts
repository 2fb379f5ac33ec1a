import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CLONE_SCRIPT } from "../../components/clone-script.ts";

const TOKEN = "to'k e$n\"%s";

let folder: string;
let share: string;
let source: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-clone-"));
  share = join(folder, "the share");
  source = join(folder, "source");
  mkdirSync(share);
  git("init", "--quiet", "--initial-branch=main", source);
  mkdirSync(join(source, "docs"));
  write("README.md", "hello\n");
  write(".hidden", "dot\n");
  write("docs/a b.txt", "spaces\n");
  git("-C", source, "add", "--all");
  git("-C", source, "commit", "--quiet", "--message=first");
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("CLONE_SCRIPT", () => {
  it("clones into an empty share", async () => {
    expect((await start()).status).toBe(0);
    expect(entries()).toEqual([".git", ".hidden", "README.md", "docs"]);
    expect(git("-C", share, "status", "--porcelain")).toBe("");
    expect(git("-C", share, "rev-parse", "HEAD")).toBe(git("-C", source, "rev-parse", "HEAD"));
    expect(git("-C", share, "remote", "get-url", "origin").trim()).toBe(`file://${source}`);
  });

  it("tolerates lost+found", async () => {
    mkdirSync(join(share, "lost+found"));
    expect((await start()).status).toBe(0);
    expect(entries()).toEqual([".git", ".hidden", "README.md", "docs", "lost+found"]);
  });

  it("leaves a clone with work in it untouched on the next start", async () => {
    await start();
    writeFileSync(join(share, "README.md"), "changed here\n");
    writeFileSync(join(share, "new.txt"), "new\n");
    write("README.md", "changed upstream\n");
    git("-C", source, "commit", "--quiet", "--all", "--message=second");
    const before = git("-C", share, "status", "--porcelain");

    expect((await start()).status).toBe(0);
    expect(readFileSync(join(share, "README.md"), "utf8")).toBe("changed here\n");
    expect(git("-C", share, "status", "--porcelain")).toBe(before);
  });

  it.each(["notes.txt", ".notes", "..notes"])(
    "leaves a share that holds only %s untouched",
    async (name) => {
      writeFileSync(join(share, name), "mine\n");
      expect((await start()).status).toBe(0);
      expect(entries()).toEqual([name]);
    },
  );

  it("starts a clone again that was cut short", async () => {
    mkdirSync(join(share, ".slipway-clone", ".git"), { recursive: true });
    writeFileSync(join(share, ".slipway-clone", ".git", "half"), "half a pack");
    expect((await start()).status).toBe(0);
    expect(entries()).toEqual([".git", ".hidden", "README.md", "docs"]);
    expect(existsSync(join(share, ".git", "half"))).toBe(false);
  });

  it("goes on with a move that was cut short, and overwrites nothing", async () => {
    await start();
    const moving = join(share, ".slipway-moving");
    mkdirSync(moving);
    for (const name of [".git", "docs"]) {
      execFileSync("mv", [join(share, name), moving]);
    }
    writeFileSync(join(moving, "README.md"), "not this one\n");
    expect((await start()).status).toBe(0);
    expect(entries()).toEqual([".git", ".hidden", "README.md", "docs"]);
    expect(git("-C", share, "status", "--porcelain")).toBe("");
  });

  it("survives being killed at any command, without touching work", async () => {
    // Each command that the script runs is let through n times, then takes the whole script along.
    for (let survived = 0; ; survived++) {
      rmSync(share, { recursive: true, force: true });
      mkdirSync(share);
      const { status } = await start({ env: killingPath(survived) });
      const killed = status !== 0;
      expect((await start()).status, `after ${survived} commands`).toBe(0);
      expect(entries(), `after ${survived} commands`).toEqual([
        ".git",
        ".hidden",
        "README.md",
        "docs",
      ]);
      expect(git("-C", share, "status", "--porcelain")).toBe("");
      if (!killed) {
        expect(survived).toBeGreaterThan(4);
        return;
      }
    }
  });

  it("fails, and leaves the share to the next start, when there is nothing to clone", async () => {
    const { status, stderr } = await start({ url: `file://${join(folder, "missing")}` });
    expect(status).not.toBe(0);
    expect(stderr).toContain("missing");
    expect((await start()).status).toBe(0);
    expect(entries()).toContain("README.md");
  });

  it("answers the host's question for credentials, and keeps the token out of the clone", async () => {
    const host = await tokenHost();
    try {
      const refused = await start({ url: host.url });
      expect(refused.status).not.toBe(0);
      const { status, stdout, stderr } = await start({
        url: host.url,
        env: { CLONE_TOKEN: TOKEN },
      });
      expect(stderr).toBe("");
      expect(status).toBe(0);
      expect(entries()).toContain("README.md");
      expect(host.users).toEqual(new Set(["x-access-token"]));
      expect(stdout + stderr).not.toContain(TOKEN);
      expect(filesWith(TOKEN)).toEqual([]);
      expect(filesWith(host.url)).toContain(join(share, ".git", "config"));
    } finally {
      await host.close();
    }
  });

  it("gives the token to no other host that it is sent on to", async () => {
    const other = await tokenHost();
    const first = await listening((request, response) => {
      response.writeHead(302, { location: new URL(request.url ?? "/", other.url).href }).end();
    });
    try {
      const url = `${first.origin}/customer.git`;
      expect((await start({ url, env: { CLONE_TOKEN: TOKEN } })).status).not.toBe(0);
      expect(other.asked()).toBeGreaterThan(0);
      expect(other.users).toEqual(new Set());
    } finally {
      await Promise.all([first.close(), other.close()]);
    }
  });
});

interface Start {
  url?: string;
  env?: Record<string, string>;
}

/** Runs the script as the init container does. */
function start({ url = `file://${source}`, env = {} }: Start = {}) {
  return new Promise<{ status: number | null; stdout: string; stderr: string }>(
    (resolve, reject) => {
      const child = spawn("/bin/sh", ["-c", CLONE_SCRIPT], {
        env: { ...gitEnvironment(), CLONE_URL: url, CLONE_PATH: share, ...env },
      });
      let stdout = "";
      let stderr = "";
      child.stdout.setEncoding("utf8").on("data", (chunk) => {
        stdout += chunk;
      });
      child.stderr.setEncoding("utf8").on("data", (chunk) => {
        stderr += chunk;
      });
      child.on("error", reject);
      child.on("close", (status) => resolve({ status, stdout, stderr }));
    },
  );
}

/** A PATH whose commands kill the script that runs them, before or after their work, at the nth chance. */
function killingPath(n: number): Record<string, string> {
  const bin = join(folder, `bin-${n}`);
  mkdirSync(bin);
  writeFileSync(join(bin, "left"), String(n));
  for (const name of ["git", "mv", "rm"]) {
    const real = execFileSync("/bin/sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
    const chance = `left=$(cat "${bin}/left"); if [ "$left" -eq 0 ]; then kill -9 $PPID; exit 1; fi; echo $((left - 1)) >"${bin}/left"`;
    const file = join(bin, name);
    writeFileSync(
      file,
      `#!/bin/sh\n${chance}\n"${real}" "$@"; status=$?\n${chance}\nexit $status\n`,
    );
    chmodSync(file, 0o755);
  }
  return { PATH: `${bin}${delimiter}${process.env.PATH}` };
}

/** A git repository over plain http (git's dumb protocol) that asks for the token. */
async function tokenHost() {
  const bare = mkdtempSync(join(folder, "bare-"));
  git("clone", "--quiet", "--bare", source, bare);
  git("-C", bare, "update-server-info");
  const users = new Set<string>();
  let asked = 0;
  const { origin, close } = await listening((request, response) => {
    const [, encoded = ""] = (request.headers.authorization ?? "").split(" ");
    const [user = "", ...password] = Buffer.from(encoded, "base64").toString("utf8").split(":");
    if (password.join(":") !== TOKEN) {
      asked += 1;
      response.writeHead(401, { "www-authenticate": "Basic realm=git" }).end();
      return;
    }
    users.add(user);
    const path = new URL(request.url ?? "/", "http://host").pathname;
    const file = join(bare, path.slice("/customer.git".length));
    if (existsSync(file)) response.end(readFileSync(file));
    else response.writeHead(404).end();
  });
  return { url: `${origin}/customer.git`, users, asked: () => asked, close };
}

async function listening(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

function filesWith(text: string): string[] {
  const { stdout } = spawnSync("grep", ["-rlF", "--", text, share], { encoding: "utf8" });
  return stdout.split("\n").filter((line) => line !== "");
}

function entries(): string[] {
  return readdirSync(share).sort();
}

function write(name: string, text: string): void {
  writeFileSync(join(source, name), text);
}

function git(...args: string[]): string {
  return execFileSync("git", args, { encoding: "utf8", env: gitEnvironment() });
}

/** No configuration but the repository's own, so that nobody's helper answers for us. */
function gitEnvironment(): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "Test",
    GIT_AUTHOR_EMAIL: "test@example.com",
    GIT_COMMITTER_NAME: "Test",
    GIT_COMMITTER_EMAIL: "test@example.com",
  };
}
