import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Engine, findEngine } from "../../cli/engine/process.ts";
import { program } from "../tools/helpers.ts";

/** Programs in the place of the engine and its language host. */
let bin: string;

beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), "slipway-engine-"));
  program(bin, "pulumi-language-nodejs", "");
  vi.stubEnv("PATH", `${bin}${delimiter}${process.env.PATH}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(bin, { recursive: true, force: true });
});

describe("findEngine", () => {
  it("takes the one on PATH, and leaves PATH alone", async () => {
    const file = program(bin, "pulumi", "echo v3.999.0");
    const before = process.env.PATH;
    const engine = await findEngine();
    expect(engine.command).toBe(file);
    expect(engine.version?.minor).toBe(999);
    expect(process.env.PATH).toBe(before);
  });

  it("refuses one that is too old, and says what to do", async () => {
    const file = program(bin, "pulumi", "echo v3.100.0");
    await expect(findEngine()).rejects.toMatchObject({
      code: "tool-missing",
      message: expect.stringMatching(
        `found pulumi v3\\.100\\.0 \\(${file}\\), expected .*update it`,
      ),
    });
  });
});

describe("a run of the engine", () => {
  it("gets signals while it lives, and none are missed when it is gone", async () => {
    program(bin, "pulumi", "case $1 in version) echo v3.999.0;; *) echo up; exec sleep 600;; esac");
    const engine = await findEngine();
    expect(engine.signal("SIGINT")).toBe(false);
    const run = untilItSays("up", engine);
    await run.said;
    expect(engine.signal("SIGTERM")).toBe(true);
    await expect(run.ended).rejects.toMatchObject({ output: { signal: "SIGTERM" } });
    expect(engine.signal("SIGTERM")).toBe(false);
  });
});

function untilItSays(text: string, engine: Engine) {
  let heard = () => {};
  const said = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const ended = engine.run(["up"], bin, {}, (chunk) => chunk.includes(text) && heard());
  ended.catch(() => {});
  return { said, ended };
}
