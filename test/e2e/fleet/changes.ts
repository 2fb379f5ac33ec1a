import { describe, expect, it } from "vitest";
import type { World } from "../world.ts";
import { type PlanDocument, stepsOf, type UpDocument } from "./documents.ts";

/** What the user edits, and that a preview shows exactly that (issue: one entry, one line). */
export function describeChanges(world: () => World): void {
  describe("a change in the files", () => {
    it("previews a new solution's resources and nothing else, then makes them", async () => {
      const { checkout } = world();
      checkout.append("solutions.yaml", "  - id: newcomer\n    name: New Comer\n    cell: b\n");
      const { stdout } = await world().pulumi("preview", "--json");
      expect(stepsOf(stdout)).toEqual([
        "create azure-native:app:ContainerApp newcomer-agent",
        "create azure-native:app:ContainerApp newcomer-mc",
        "create azure-native:app:ContainerApp newcomer-orbit",
        "create azure-native:app:ManagedEnvironmentsStorage newcomer-customer-ro",
        "create azure-native:app:ManagedEnvironmentsStorage newcomer-customer-rw",
        "create azure-native:app:ManagedEnvironmentsStorage newcomer-internal-rw",
        "create azure-native:storage:FileShare newcomer-customer",
        "create azure-native:storage:FileShare newcomer-internal",
        "create slipway:components:Solution newcomer",
      ]);
      const plan = await world().json<PlanDocument>(["plan"]);
      const changed = plan.solutions.filter(({ apps }) =>
        apps.some(({ change }) => change !== "same"),
      );
      expect(changed.map(({ id }) => id)).toEqual(["newcomer"]);
      expect(plan.summary).toMatchObject({ create: 9, update: 0, replace: 0, delete: 0 });
      const done = await world().json<UpDocument>(["up"]);
      expect(done.summary).toMatchObject({ create: 9, update: 0, replace: 0, delete: 0 });
      expect(done.builds).toEqual([]);
    });

    it("bumps a recorded version: exactly that component's apps, in place", async () => {
      const { checkout } = world();
      checkout.edit(
        "environments/dev.yaml",
        "maxq-orbit-agent-webapp: 0.6.0",
        "maxq-orbit-agent-webapp: 0.5.0",
      );
      const plan = await world().json<PlanDocument>(["plan"]);
      const touched = plan.solutions.flatMap(({ id, apps }) =>
        apps
          .filter(({ change }) => change !== "same")
          .map(({ name, change, from, to }) =>
            [id, name, change, from?.version, to?.version].join(" "),
          ),
      );
      // hooli has an override of its own, so it stays where it is.
      expect(touched).toHaveLength(20);
      expect(touched.filter((line) => !/^[a-z-]+ mc update 0\.6\.0 0\.5\.0$/.test(line))).toEqual(
        [],
      );
      expect(touched.some((line) => line.startsWith("hooli "))).toBe(false);
      expect(plan.summary).toMatchObject({ create: 0, update: 20, replace: 0, delete: 0 });

      const before = await world().seq();
      const done = await world().json<UpDocument>(["up"]);
      expect(done.summary).toMatchObject({ create: 0, update: 20, replace: 0, delete: 0 });
      const writes = await world().writes(before);
      expect(writes).toHaveLength(20);
      expect(
        writes.every(({ id, method }) => method === "PUT" && /\/mc-[0-9a-f]{12}$/.test(id)),
      ).toBe(true);
    });

    it("builds a new tag once with its pending record and the bump: one run and those apps", async () => {
      const { checkout } = world();
      const commit = await newTag(world(), "registry-service/v2026.08.0");
      const record = checkout
        .read("releases/registry-service/v2026.07.0/release.yaml")
        .replaceAll("2026.07.0", "2026.08.0")
        .replace(/commit: .*/, `commit: ${JSON.stringify(commit)}`);
      checkout.write("releases/registry-service/v2026.08.0/release.yaml", record);
      checkout.edit(
        "environments/dev.yaml",
        "registry-service: 2026.06.1",
        "registry-service: 2026.08.0",
      );
      const { stdout, all } = await world().pulumi("preview", "--json");
      expect(stepsOf(stdout), all).toEqual([
        "create slipway:acr:Run registry-service@2026.08.0",
        "update azure-native:app:ContainerApp registry",
      ]);
      const before = await world().seq();
      const done = await world().json<UpDocument>(["up"]);
      expect(done.summary).toMatchObject({ create: 1, update: 1, replace: 0, delete: 0 });
      expect(done.builds).toMatchObject([
        { component: "registry-service", version: "2026.08.0", adopted: false },
      ]);
      const runs = (await world().writes(before)).filter(({ id }) => /scheduleRun$/i.test(id));
      expect(runs).toHaveLength(1);
      const app = done.apps.find(({ component }) => component === "registry-service");
      expect(app).toMatchObject({ version: "2026.08.0", commit, digest: done.builds[0]?.digest });
    });
  });
}

/** Commits a change to a sample repository and pushes a tag on it, as its developers would. */
async function newTag(world: World, tag: string): Promise<string> {
  const url = "https://git.example.com/platform/registry-service.git";
  const endpoints = JSON.parse(world.env.SLIPWAY_ENDPOINTS ?? "{}") as Record<string, string>;
  const base = "https://git.example.com/";
  const mapped = new URL(url.replace(base, endpoints[base] ?? base));
  mapped.username = "git";
  mapped.password = "sandbox-source-token";
  const folder = `${world.checkout.root}/.sandbox/work`;
  const git = async (...args: string[]) => {
    const result = await world.run("git", args);
    if (result.exitCode !== 0) throw new Error(`git ${args[0]}: ${result.all}`);
    return result.stdout.trim();
  };
  await git("clone", "--quiet", "--", mapped.href, folder);
  const identity = ["-C", folder, "-c", "user.name=Dev", "-c", "user.email=dev@example.com"];
  await git(...identity, "commit", "--quiet", "--allow-empty", "--message", "feat: a new month");
  await git(...identity, "tag", "--annotate", "--message", tag, tag);
  await git(...identity, "push", "--quiet", "origin", "HEAD", tag);
  return git(...identity, "rev-parse", "HEAD");
}
