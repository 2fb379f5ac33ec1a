import { describe, expect, it } from "vitest";
import type { World } from "../world.ts";
import type { UpDocument } from "./documents.ts";

const API = "api-version=2025-01-01";

/** What happens to apps that somebody touches without Pulumi. */
export function describeDrift(world: () => World, first: () => UpDocument): void {
  describe("an app touched behind Pulumi's back", () => {
    it("is put right by refresh and up when it was changed and when it was deleted", async () => {
      const group = await groupOf(world(), first(), "acme", "orbit");
      const changed = `${group}/${nameOf(first(), "acme", "orbit")}`;
      const deleted = `${group}/${nameOf(first(), "acme", "mc")}`;
      const before = await app(world(), changed);
      await patchScale(world(), changed, 7);
      const gone = await world().arm.send("DELETE", `${deleted}?${API}`);
      expect(gone.status).toBeLessThan(300);
      await untilGone(world(), deleted);

      const up = await world().pulumi("up", "--refresh", "--yes", "--skip-preview");
      expect(up.exitCode, up.all).toBe(0);
      expect((await app(world(), changed)).properties.template).toEqual(before.properties.template);
      expect((await app(world(), deleted)).name).toBe(nameOf(first(), "acme", "mc"));
      const again = await world().pulumi("preview", "--refresh", "--expect-no-changes");
      expect(again.exitCode, again.all).toBe(0);
    });

    it("is seen by slipway plan --refresh", async () => {
      const group = await groupOf(world(), first(), "acme", "orbit");
      await patchScale(world(), `${group}/${nameOf(first(), "acme", "orbit")}`, 5);
      const { exitCode, stdout } = await world().slipway("plan", "--refresh", "--json");
      expect(exitCode).toBe(0);
      const plan = JSON.parse(stdout) as { summary: Record<string, number> };
      expect(plan.summary).toMatchObject({ create: 0, update: 1, replace: 0, delete: 0 });
      const up = await world().pulumi("up", "--refresh", "--yes", "--skip-preview");
      expect(up.exitCode, up.all).toBe(0);
    });
  });

  describe("without the sandbox's environment", () => {
    it("dev reaches nothing, and says why", async () => {
      const bare = Object.fromEntries(
        Object.entries(world().env).filter(
          ([name]) => !/^(?:ARM_|IDENTITY_|NODE_EXTRA|REQUESTS_|SLIPWAY_|AZURE_|BUILD)/.test(name),
        ),
      );
      // The engine and its state are kept, so that what stops it is the program or Azure's own host.
      const before = await world().seq();
      const result = await world().run("pulumi", ["preview", "--non-interactive"], {
        ...bare,
        PATH: world().env.PATH ?? "",
      });
      expect(result.exitCode).not.toBe(0);
      expect(result.all).toContain("git.example.com");
      expect((await world().arm.requests(before)).length).toBe(0);
    });
  });
}

interface ArmApp {
  name: string;
  location: string;
  properties: { template: { scale: { maxReplicas: number } } };
}

async function app(world: World, id: string): Promise<ArmApp> {
  const answer = await world.arm.send("GET", `${id}?${API}`);
  expect(answer.status, answer.body).toBe(200);
  return JSON.parse(answer.body) as ArmApp;
}

async function patchScale(world: World, id: string, maxReplicas: number): Promise<void> {
  const answer = await world.arm.send("PATCH", `${id}?${API}`, {
    properties: { template: { scale: { maxReplicas } } },
  });
  expect(answer.status, answer.body).toBeLessThan(300);
  const deadline = Date.now() + 15_000;
  while (Date.now() < deadline) {
    if ((await app(world, id)).properties.template.scale.maxReplicas === maxReplicas) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${id} was not patched`);
}

async function untilGone(world: World, id: string): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (Date.now() < deadline) {
    if ((await world.arm.send("GET", `${id}?${API}`)).status === 404) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${id} is still there`);
}

/** ARM id of the folder of container apps in which an app stands. */
async function groupOf(
  world: World,
  up: UpDocument,
  solution: string,
  key: string,
): Promise<string> {
  const name = nameOf(up, solution, key);
  const hit = (await world.arm.requests()).find(({ id }) => id.endsWith(`/containerApps/${name}`));
  if (hit === undefined) throw new Error(`no request for ${name}`);
  return hit.id.slice(0, -(name.length + 1));
}

function nameOf(up: UpDocument, solution: string, key: string): string {
  const found = up.apps.find((entry) => entry.solution === solution && entry.app === key);
  const name = /^https:\/\/([^.]+)\./.exec(found?.url ?? "")?.[1];
  if (name === undefined) throw new Error(`no ${key} of ${solution}`);
  return name;
}
