import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildKitSocket } from "../../../sandbox/buildkit/daemon.ts";
import { unmountBelow } from "../../../sandbox/buildkit/mounts.ts";

const run = promisify(execFile);

describe("buildKitSocket", () => {
  it("lies in the state's folder when the path is short", () => {
    expect(buildKitSocket("/srv/x/.sandbox/buildkit")).toBe(
      "/srv/x/.sandbox/buildkit/buildkitd.sock",
    );
  });

  it("lies in a folder of its own, short and always the same, when the path is too long", () => {
    const long = `/srv/${"x".repeat(80)}`;
    const socket = buildKitSocket(long);
    expect(Buffer.byteLength(socket)).toBeLessThan(104);
    expect(socket).toBe(buildKitSocket(long));
    expect(socket).not.toBe(buildKitSocket(`${long}y`));
  });

  it("counts bytes, not characters", () => {
    expect(buildKitSocket(`/${"é".repeat(50)}`)).not.toContain("é");
  });
});

describe.skipIf(process.getuid?.() !== 0)("unmountBelow", () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-mounts-"));
  });

  afterEach(async () => {
    await unmountBelow(root);
    await rm(root, { recursive: true, force: true });
  });

  async function mount(path: string): Promise<void> {
    await mkdir(path, { recursive: true });
    await run("mount", ["-t", "tmpfs", "-o", "size=64k", "slipway-test", path]);
  }

  it("unmounts what is inside, nested and with a space in its name, and nothing beside it", async () => {
    await mount(join(root, "state/a b"));
    await mount(join(root, "state/a b/inner"));
    await mount(join(root, "state-of-another"));
    await unmountBelow(join(root, "state"));
    const table = await readFile("/proc/self/mountinfo", "utf8");
    expect(table).not.toContain(`${root}/state/`);
    expect(table).toContain(`${root}/state-of-another`);
  });
});
