import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { silent } from "../../tools/progress.mjs";
import { ensureSystemTool } from "../../tools/system.mjs";
import { program, temporaryCache, temporaryFolder } from "./helpers.ts";

let bin = "";

beforeEach(() => {
  temporaryCache();
  bin = temporaryFolder();
  vi.stubEnv("PATH", bin);
  vi.stubEnv("CI", "");
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** A package manager that logs its arguments; `install` makes the program. */
function aptGet(worksAfterUpdate = false): () => string[] {
  const log = path.join(bin, "log");
  const lists = path.join(bin, "lists");
  program(
    bin,
    "apt-get",
    `echo "$*" >> "${log}"
     if [ "$1" = update ]; then : > "${lists}"; exit 0; fi
     if ${worksAfterUpdate} && [ ! -e "${lists}" ]; then exit 100; fi
     printf '#!/bin/sh\\n' > "${bin}/skopeo"; /bin/chmod 755 "${bin}/skopeo"`,
  );
  return () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []);
}

describe("ensureSystemTool", () => {
  it("finds a tool without asking the package manager", async () => {
    const calls = aptGet();
    const skopeo = program(bin, "skopeo", "");
    expect(await ensureSystemTool("skopeo", silent)).toBe(skopeo);
    expect(calls()).toEqual([]);
  });

  it("says in one sentence what to run when it may not install", async () => {
    const calls = aptGet();
    vi.spyOn(process, "getuid").mockReturnValue(1000);
    const failure = ensureSystemTool("skopeo", silent);
    await expect(failure).rejects.toMatchObject({
      code: "tool_missing",
      message:
        'skopeo is needed and not on PATH: run "sudo apt-get install -y --no-install-recommends skopeo", then run the command again.',
    });
    expect(calls()).toEqual([]);
  });

  it("says what is missing when there is no package manager", async () => {
    const failure = ensureSystemTool("skopeo", silent);
    await expect(failure).rejects.toMatchObject({ code: "tool_missing" });
    await expect(failure).rejects.toThrow(/install skopeo, then run the command again/);
  });

  it("installs as root, with fresh package lists where the first try fails", async () => {
    const calls = aptGet(true);
    vi.spyOn(process, "getuid").mockReturnValue(0);
    expect(await ensureSystemTool("skopeo", silent)).toBe(path.join(bin, "skopeo"));
    const install = "install -y --no-install-recommends skopeo";
    expect(calls()).toEqual([install, "update", install]);
  });

  it("installs by sudo in CI", async () => {
    const calls = aptGet();
    program(bin, "sudo", `[ "$1" = -n ] && shift && exec "$@"`);
    vi.spyOn(process, "getuid").mockReturnValue(1000);
    vi.stubEnv("CI", "true");
    expect(await ensureSystemTool("skopeo", silent)).toBe(path.join(bin, "skopeo"));
    expect(calls()).toEqual(["install -y --no-install-recommends skopeo"]);
  });

  it("tells the package manager's last lines when the installation fails", async () => {
    program(bin, "apt-get", "echo no such package; exit 100");
    vi.spyOn(process, "getuid").mockReturnValue(0);
    const failure = ensureSystemTool("skopeo", silent);
    await expect(failure).rejects.toMatchObject({ code: "install_failed" });
    await expect(failure).rejects.toThrow(
      /exit code 100[\s\S]*no such package[\s\S]*Next: install/,
    );
  });
});
