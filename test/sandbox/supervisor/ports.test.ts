import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { choosePorts } from "../../../sandbox/supervisor/ports.ts";

let root: string;
let file: string;
const servers: Server[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "slipway-ports-"));
  file = join(root, "ports.json");
});

afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((done) => server.close(done));
  await rm(root, { recursive: true, force: true });
});

function occupy(port: number): Promise<void> {
  const server = createServer();
  servers.push(server);
  return new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
}

describe("choosePorts", () => {
  it("chooses four different ports and keeps them", async () => {
    const ports = await choosePorts(file, root);
    expect(new Set(Object.values(ports)).size).toBe(4);
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual(ports);
    expect(await choosePorts(file, root)).toEqual(ports);
  });

  it("keeps what was chosen when it would choose otherwise by now", async () => {
    const ports = await choosePorts(file, root);
    expect(await choosePorts(file, "/another/root")).toEqual(ports);
  });

  it("passes over a port that is taken when it chooses", async () => {
    const { arm } = await choosePorts(file, root);
    await rm(file);
    await occupy(arm);
    expect(Object.values(await choosePorts(file, root))).not.toContain(arm);
  });

  it("names port, part and remedy when a kept port is taken", async () => {
    const { registry } = await choosePorts(file, root);
    await occupy(registry);
    await expect(choosePorts(file, root)).rejects.toThrow(
      new RegExp(`port ${registry}, the sandbox's for registry, is taken.*delete ${file}`),
    );
  });

  it("refuses a file that does not hold ports", async () => {
    const { writeFile } = await import("node:fs/promises");
    await writeFile(file, '{"arm":1}');
    await expect(choosePorts(file, root)).rejects.toThrow(/does not hold the ports/);
  });
});
