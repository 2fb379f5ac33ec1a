import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { World } from "../world.ts";
import type { UpDocument } from "./documents.ts";

/** What `up` leaves behind, and that doing it again does nothing. */
export function describeUnchanged(world: () => World, first: () => UpDocument): void {
  describe("a converged fleet", () => {
    it("has 20 solutions in two cells of one stack, and shared apps", () => {
      const { apps } = first();
      const solutions = new Set(apps.flatMap(({ solution }) => solution ?? []));
      expect(solutions.size).toBe(20);
      expect(new Set(apps.map(({ cell }) => cell))).toEqual(new Set(["a", "b"]));
      expect(new Set(apps.map(({ stack }) => stack))).toEqual(new Set(["dev"]));
      const shared = apps.filter(({ solution }) => solution === null).map(({ app }) => app);
      expect(shared.sort()).toEqual(["aurora", "registry"]);
      for (const { commit, digest } of apps) {
        expect(commit).toMatch(/^[0-9a-f]{40}$/);
        expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
      }
    });

    it("leaves the checkout clean, records included", async () => {
      expect(first().records).toEqual([]);
      expect(await world().checkout.git("status", "--porcelain")).toBe("");
    });

    it("is left alone by a second up: nothing changed, no build, no write to ARM", async () => {
      const before = await world().seq();
      const second = await world().json<UpDocument>(["up"]);
      expect(second.summary).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
      expect(second.summary.same).toBe(first().summary.create);
      expect(second.builds).toEqual([]);
      expect(await world().writes(before)).toEqual([]);
      expect(second.apps).toEqual(first().apps);
    });

    it("shows no change to plain preview, up and refresh", async () => {
      const before = await world().seq();
      for (const args of [
        ["preview", "--expect-no-changes"],
        ["up", "--yes", "--skip-preview", "--expect-no-changes"],
        ["refresh", "--yes", "--skip-preview", "--expect-no-changes"],
      ]) {
        const { exitCode, all } = await world().pulumi(...args);
        expect(exitCode, `pulumi ${args.join(" ")}:\n${all}`).toBe(0);
      }
      expect(await world().writes(before)).toEqual([]);
    });

    it("keeps account keys and tokens out of state, logs and the request log", async () => {
      const secrets = await secretsOf(world());
      expect(secrets.length).toBeGreaterThanOrEqual(4);
      const { stdout: exported } = await world().pulumi("stack", "export");
      const texts = new Map([["stack export", exported]]);
      for (const file of textFiles(join(world().checkout.root, ".sandbox"))) {
        texts.set(file, readFileSync(file, "latin1"));
      }
      expect([...texts.keys()].some((file) => file.endsWith("requests.jsonl"))).toBe(true);
      expect([...texts.keys()].some((file) => file.endsWith("daemon.log"))).toBe(true);
      const found = [...texts].flatMap(([file, text]) =>
        secrets.filter(([, value]) => text.includes(value)).map(([name]) => `${name} in ${file}`),
      );
      expect(found).toEqual([]);
    });

    it("lets no app but the agent see the internal share, in the templates that ARM holds", async () => {
      const groups = new Set<string>();
      for (const { id } of await world().arm.requests()) {
        const group = /\/resourceGroups\/([^/]+)\/providers\/Microsoft\.App/i.exec(id)?.[1];
        if (group !== undefined) groups.add(group);
      }
      let agents = 0;
      let others = 0;
      for (const group of groups) {
        for (const app of await containerApps(world(), group)) {
          const storages = (app.properties.template.volumes ?? []).map(
            ({ storageName }) => storageName,
          );
          const internal = storages.filter((name) => name.startsWith("internal-"));
          const writes = storages.filter((name) => name.startsWith("customer-rw-"));
          if (app.name.startsWith("agent-")) {
            agents += 1;
            expect(internal, app.name).toHaveLength(1);
            expect(writes, app.name).toHaveLength(1);
          } else {
            others += 1;
            expect([...internal, ...writes], app.name).toEqual([]);
          }
          const mounted = [
            ...app.properties.template.containers,
            ...(app.properties.template.initContainers ?? []),
          ].flatMap(({ volumeMounts }) => (volumeMounts ?? []).map(({ volumeName }) => volumeName));
          expect(mounted.every((name) => storages.includes(name))).toBe(true);
        }
      }
      expect({ agents, others }).toEqual({ agents: 20, others: 42 });
    });
  });
}

interface ArmApp {
  name: string;
  properties: {
    template: {
      volumes?: { storageName: string }[];
      containers: { volumeMounts?: { volumeName: string }[] }[];
      initContainers?: { volumeMounts?: { volumeName: string }[] }[];
    };
  };
}

/** By the endpoint itself, page by page. */
async function containerApps(world: World, group: string): Promise<ArmApp[]> {
  const path = `/subscriptions/${world.env.ARM_SUBSCRIPTION_ID}/resourceGroups/${group}/providers/Microsoft.App/containerApps`;
  const list: ArmApp[] = [];
  let next: string | undefined = `${path}?api-version=2025-01-01`;
  while (next !== undefined) {
    const answer = await world.arm.send("GET", next);
    expect(answer.status, answer.body).toBe(200);
    const page = JSON.parse(answer.body) as { value: ArmApp[]; nextLink?: string };
    list.push(...page.value);
    next = page.nextLink === undefined ? undefined : page.nextLink.replace(/^https:\/\/[^/]+/, "");
  }
  return list;
}

/** Every storage account's keys, and the tokens: `[what it is, its value]`. */
async function secretsOf(world: World): Promise<[string, string][]> {
  const secrets: [string, string][] = [
    ["source token", "sandbox-source-token"],
    ["customer token", "sandbox-customer-token"],
  ];
  const base = `/subscriptions/${world.env.ARM_SUBSCRIPTION_ID}`;
  const accounts = await world.arm.send(
    "GET",
    `${base}/providers/Microsoft.Storage/storageAccounts?api-version=2024-01-01`,
  );
  for (const { id, name } of (
    JSON.parse(accounts.body) as { value: { id: string; name: string }[] }
  ).value) {
    const keys = await world.arm.send("POST", `${id}/listKeys?api-version=2024-01-01`);
    const list = (JSON.parse(keys.body) as { keys: { keyName: string; value: string }[] }).keys;
    secrets.push(
      ...list.map(({ keyName, value }): [string, string] => [`${name} ${keyName}`, value]),
    );
  }
  return secrets;
}

/** State, logs and journals; not the sandbox's own databases, images and repositories. */
function textFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && /\.(?:json|jsonl|log|bak|attrs|yaml|txt)$/.test(entry.name),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !/\/(?:registry|buildkit|git)\//.test(file.slice(folder.length)));
}
