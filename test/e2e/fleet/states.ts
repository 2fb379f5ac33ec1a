import { describe, expect, it } from "vitest";
import type { World } from "../world.ts";
import { stepsOf, type UpDocument } from "./documents.ts";

const APPS_AND_LINKS = [
  "delete azure-native:app:ContainerApp ID-agent",
  "delete azure-native:app:ContainerApp ID-mc",
  "delete azure-native:app:ContainerApp ID-orbit",
  "delete azure-native:app:ManagedEnvironmentsStorage ID-customer-ro",
  "delete azure-native:app:ManagedEnvironmentsStorage ID-customer-rw",
  "delete azure-native:app:ManagedEnvironmentsStorage ID-internal-rw",
];

/** The end of a solution (D-29): every step with slipway and with plain pulumi. */
export function describeStates(world: () => World): void {
  describe("the end of a solution", () => {
    it("refuses to remove an active entry: slipway with the commands, pulumi by protect", async () => {
      const { checkout } = world();
      await checkout.commit("Before the end");
      const before = checkout.read("solutions.yaml");
      const seq = await world().seq();
      removeEntry(world(), "wonka");
      const check = await world().slipway("check");
      expect(check.exitCode).toBe(1);
      expect(check.all).toMatch(/wonka.*slipway solutions retire/s);
      const up = await world().slipway("up");
      expect(up.exitCode).toBe(1);
      const plain = await world().pulumi("up", "--yes", "--skip-preview");
      expect(plain.exitCode).not.toBe(0);
      expect(plain.all).toMatch(/wonka-customer.*cannot be deleted|protected/s);
      const deleted = (await world().writes(seq)).filter(({ id }) => /shares\/wonka/.test(id));
      expect(deleted).toEqual([]);
      checkout.write("solutions.yaml", before);
      const restored = await world().json<UpDocument>(["up"]);
      expect(restored.summary.delete).toBe(0);
    });

    it("retired: apps and links go, shares stay", async () => {
      await world().json(["solutions", "retire", "wonka"]);
      await world().json(["solutions", "retire", "vandelay"]);
      const { stdout } = await world().pulumi("preview", "--json");
      expect(stepsOf(stdout)).toEqual([...of("vandelay"), ...of("wonka")].sort());
      const done = await world().json<UpDocument>(["up"]);
      expect(done.summary).toMatchObject({ create: 0, update: 0, replace: 0, delete: 12 });
      expect(await shares(world(), "wonka")).toHaveLength(2);
      await world().checkout.commit("Retire two");
      const early = world().checkout.read("solutions.yaml");
      removeEntry(world(), "wonka");
      const check = await world().slipway("check");
      expect(check.exitCode).toBe(1);
      expect(check.all).toMatch(/wonka.*slipway solutions delete-data/s);
      const plain = await world().pulumi("preview");
      expect(plain.exitCode).not.toBe(0);
      expect(plain.all).toContain("protected");
      world().checkout.write("solutions.yaml", early);
    });

    it("deletable: protection goes by one up, and nothing else", async () => {
      await world().json(["solutions", "delete-data", "wonka"]);
      await world().json(["solutions", "delete-data", "vandelay", "--keep-data"]);
      const seq = await world().seq();
      const up = await world().pulumi("up", "--yes", "--skip-preview");
      expect(up.exitCode, up.all).toBe(0);
      expect(await world().writes(seq)).toEqual([]);
      expect(await shares(world(), "wonka")).toHaveLength(2);
      await world().checkout.commit("Give the data of two up");
    });

    it("removed: the shares are deleted, or left in Azure with keep_data", async () => {
      removeEntry(world(), "wonka");
      removeEntry(world(), "vandelay");
      const check = await world().slipway("check");
      expect(check.exitCode, check.all).toBe(0);
      const seq = await world().seq();
      const up = await world().slipway("up");
      expect(up.exitCode, up.all).toBe(0);
      const deletes = (await world().writes(seq)).map(
        ({ method, id }) => `${method} ${id.split("/").at(-1)}`,
      );
      expect(deletes.sort()).toEqual(["DELETE wonka-customer", "DELETE wonka-internal"]);
      expect(await shares(world(), "wonka")).toEqual([]);
      expect(await shares(world(), "vandelay")).toEqual(["vandelay-customer", "vandelay-internal"]);
      const again = await world().pulumi("preview", "--expect-no-changes");
      expect(again.exitCode, again.all).toBe(0);
    });

    it("added again after keep_data: slipway up takes the shares over, with what is in them", async () => {
      const { checkout } = world();
      checkout.append(
        "solutions.yaml",
        "  - id: vandelay\n    name: Vandelay Industries\n    cell: b\n",
      );
      const seq = await world().seq();
      const done = await world().json<UpDocument>(["up"]);
      expect(done.adopted.filter((urn) => urn.includes("FileShare"))).toHaveLength(2);
      const made = (await world().writes(seq)).filter(
        ({ id, method }) => /\/shares\//.test(id) && method === "DELETE",
      );
      expect(made).toEqual([]);
      const again = await world().pulumi("preview", "--expect-no-changes");
      expect(again.exitCode, again.all).toBe(0);
    });
  });
}

function of(id: string): string[] {
  return APPS_AND_LINKS.map((line) => line.replace("ID", id));
}

/** Takes an entry out of the list as a user would, its lines and no others. */
function removeEntry(world: World, id: string): void {
  const text = world.checkout.read("solutions.yaml");
  const entry = new RegExp(`^ {2}- id: ${id}\\n(?: {4}.*\\n)*`, "m");
  if (!entry.test(text)) throw new Error(`solutions.yaml has no entry ${id}`);
  world.checkout.write("solutions.yaml", text.replace(entry, ""));
}

/** Names of a solution's shares that ARM has. */
async function shares(world: World, id: string): Promise<string[]> {
  const seen = (await world.arm.requests()).map((entry) => entry.id);
  const paths = new Set(seen.filter((path) => new RegExp(`/shares/${id}-[a-z]+$`).test(path)));
  const names: string[] = [];
  for (const path of paths) {
    const { status } = await world.arm.send("GET", `${path}?api-version=2024-01-01`);
    if (status === 200) names.push(path.split("/").at(-1) ?? "");
  }
  return names.sort();
}
