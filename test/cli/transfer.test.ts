import { resolve } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { plainTransfer } from "../../cli/capsule/transfer.ts";

const DIGEST = `sha256:${"0123456789ab".padEnd(64, "c")}`;

describe("plainTransfer", () => {
  it("says when a large layer begins and ends, and nothing in between", async () => {
    const lines: string[] = [];
    const transfer = plainTransfer("pushing", (line) => lines.push(line));
    for (const bytes of [1_000_000, 40_000_000, 80_100_000]) {
      transfer.progress(DIGEST, bytes, 80_100_000);
    }
    await transfer.stop();
    expect(lines).toEqual([
      "pushing sha256:0123456789ab: 80.1 MB",
      "pushing sha256:0123456789ab: done",
    ]);
  });

  it("keeps still about a small one", () => {
    const lines: string[] = [];
    plainTransfer("pulling", (line) => lines.push(line)).progress(DIGEST, 5, 5);
    expect(lines).toEqual([]);
  });
});

describe("createTransfer, on a terminal", () => {
  it.each<[string, string, string]>([
    ["at once", "await new Promise((done) => setTimeout(done, 100_000))", ""],
    ["once what is under way is tidied up", "await untilSignal(tidied)", "tidied"],
  ])("leaves the cursor to be seen when Ctrl-C ends the work %s", async (_what, work, said) => {
    const script = `
      import { writeSync } from "node:fs";
      import { untilSignal } from "${resolve("capsule/signals.ts")}";
      import { createTransfer } from "${resolve("cli/capsule/transfer.ts")}";
      process.stdout.isTTY = process.stderr.isTTY = true;
      const tidied = (stop) => new Promise((_done, fail) => {
        const wait = setTimeout(() => {}, 100_000);
        stop.addEventListener("abort", () => setTimeout(() => {
          writeSync(1, "tidied");
          clearTimeout(wait);
          fail(new Error("nobody is told of this"));
        }));
      });
      createTransfer("pulling", () => {});
      ${work};`;
    const child = execa(
      process.execPath,
      ["--import", "tsx", "--input-type=module", "-e", script],
      { env: { TERM: "xterm" }, reject: false },
    );
    const stop = (shown: Buffer) => {
      if (!shown.includes("pulling")) return;
      child.stderr.off("data", stop);
      child.kill("SIGINT");
    };
    child.stderr.on("data", stop);
    const { signal, stdout, stderr } = await child;
    expect({ signal, stdout }).toEqual({ signal: "SIGINT", stdout: said });
    expect(stderr).not.toContain("nobody is told");
    expect(stderr.lastIndexOf("\u001b[?25h")).toBeGreaterThan(stderr.lastIndexOf("\u001b[?25l"));
  });

  it("ends by the signal when the terminal is gone", async () => {
    const script = `
      import { createTransfer } from "${resolve("cli/capsule/transfer.ts")}";
      process.stdout.isTTY = process.stderr.isTTY = true;
      process.stderr.on("error", () => {});
      createTransfer("pulling", () => {});
      await new Promise((done) => setTimeout(done, 100_000));`;
    const child = execa(
      process.execPath,
      ["--import", "tsx", "--input-type=module", "-e", script],
      { env: { TERM: "xterm" }, reject: false },
    );
    child.stderr.once("data", () => child.stderr.destroy());
    child.stderr.once("close", () => child.kill("SIGHUP"));
    expect(await child).toMatchObject({ signal: "SIGHUP" });
  });
});
