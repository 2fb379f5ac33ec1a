import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { findTool, whyMissing } from "../../../tools/find.mjs";
import type { World } from "../world.ts";
import { known } from "../world.ts";
import type { UpDocument } from "./documents.ts";

/** The official clients see the fleet: `az`, and the JavaScript SDKs. */
export function describeClients(world: () => World, first: () => UpDocument): void {
  const missing = whyMissing("az");

  describe.skipIf(missing !== undefined)(`az${missing === undefined ? "" : `: ${missing}`}`, () => {
    let groups: string[] = [];

    beforeAll(async () => {
      const login = await az(world(), ["login", "--identity"]);
      expect(JSON.stringify(login)).toContain(known(world().env, "ARM_SUBSCRIPTION_ID"));
      const list = (await az(world(), ["group", "list"])) as { name: string }[];
      groups = list.map(({ name }) => name);
    });

    it("lists every app of the fleet", async () => {
      const names: string[] = [];
      for (const group of groups) {
        const apps = (await az(world(), ["containerapp", "list", "-g", group])) as {
          name: string;
          properties: { provisioningState: string };
        }[];
        expect(apps.every(({ properties }) => properties.provisioningState === "Succeeded")).toBe(
          true,
        );
        names.push(...apps.map(({ name }) => name));
      }
      expect(names.sort()).toEqual(
        first()
          .apps.map(({ url }) => hostOf(url))
          .sort(),
      );
    });

    it("lists two shares and three storages per solution", async () => {
      const accounts = (await az(world(), ["storage", "account", "list"])) as {
        name: string;
        resourceGroup: string;
      }[];
      expect(accounts).toHaveLength(2);
      let shares = 0;
      let storages = 0;
      for (const { name, resourceGroup } of accounts) {
        const args = ["-g", resourceGroup, "--storage-account", name];
        shares += ((await az(world(), ["storage", "share-rm", "list", ...args])) as unknown[])
          .length;
        const environments = (await az(world(), [
          "containerapp",
          "env",
          "list",
          "-g",
          resourceGroup,
        ])) as {
          name: string;
        }[];
        for (const environment of environments) {
          const of = ["-g", resourceGroup, "--name", environment.name];
          storages += (
            (await az(world(), ["containerapp", "env", "storage", "list", ...of])) as unknown[]
          ).length;
        }
      }
      expect({ shares, storages }).toEqual({ shares: 40, storages: 60 });
    });
  });

  describe("the official SDKs", () => {
    it("list apps, shares, storages and runs", async () => {
      // The certificate is trusted through the environment, which Node reads when it starts.
      const program = fileURLToPath(new URL("sdk-program.ts", import.meta.url));
      const { stdout, all, exitCode } = await world().run(process.execPath, [
        "--import",
        import.meta.resolve("tsx"),
        program,
      ]);
      expect(exitCode, all).toBe(0);
      const counts = JSON.parse(stdout) as Record<string, number>;
      expect(counts).toEqual({
        apps: first().apps.length,
        shares: 40,
        storages: 60,
        runs: first().builds.length,
      });
    });
  });
}

async function az(world: World, args: readonly string[]): Promise<unknown> {
  const tool = findTool("az");
  if (tool === undefined) throw new Error("az is missing");
  const { exitCode, stdout, all } = await world.run(tool, [...args, "--output", "json"]);
  expect(exitCode, `az ${args.join(" ")}:\n${all}`).toBe(0);
  return JSON.parse(stdout);
}

function hostOf(url: string): string {
  return /^https:\/\/([^.]+)\./.exec(url)?.[1] ?? url;
}
