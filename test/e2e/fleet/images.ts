import { execa } from "execa";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { findTool, whyMissing } from "../../../tools/find.mjs";
import type { World } from "../world.ts";
import { known } from "../world.ts";
import type { UpDocument } from "./documents.ts";

interface ImageConfig {
  created: string;
  config: { Labels: Record<string, string> };
}

/** Every image is in the registry, built from its tag's commit, as other people's clients see it. */
export function describeImages(world: () => World, first: () => UpDocument): void {
  describe("release images", () => {
    let registry = "";

    beforeAll(() => {
      const endpoints = JSON.parse(known(world().env, "SLIPWAY_ENDPOINTS")) as Record<
        string,
        string
      >;
      registry = (endpoints["*.azurecr.io"] ?? "")
        .replace("http://", "")
        .replace("*", "slipwaydev");
    });

    const clients = {
      crane: async (...args: string[]) =>
        (await execa(required("crane"), [...args], { env: world().env })).stdout,
      skopeo: async (...args: string[]) =>
        (await execa(required("skopeo"), [...args], { env: world().env })).stdout,
    };

    it("are there for every record that the catalogue still builds", async () => {
      const records = await world().json<{
        records: { component: string; version: string; schema_version?: number }[];
      }>(["records", "list"]);
      const owed = records.records
        .filter(({ schema_version }) => schema_version !== undefined)
        .map(({ component, version }) => `${component}@${version}`);
      const built = first().builds.map(({ component, version }) => `${component}@${version}`);
      expect(owed.length).toBeGreaterThanOrEqual(15);
      expect(built.sort()).toEqual(owed.sort());
      expect(new Set(first().apps.map(({ component }) => component)).size).toBe(5);
    });

    describeWith("crane", () => {
      it("carry version, commit, date and source of their record, and the digest that the run gave", async () => {
        for (const { component, version, digest } of first().builds) {
          const file = `releases/${component}/v${version}/release.yaml`;
          const record = parse(world().checkout.read(file)) as {
            released_at: string;
            source: { repo: string; commit: string };
          };
          const reference = `${registry}/${component}:${version}`;
          expect(await clients.crane("digest", reference)).toBe(digest);
          const pinned = `${registry}/${component}:git-${record.source.commit}`;
          expect(await clients.crane("digest", pinned)).toBe(digest);
          const config = JSON.parse(await clients.crane("config", reference)) as ImageConfig;
          expect(config.config.Labels).toMatchObject({
            "org.opencontainers.image.version": version,
            "org.opencontainers.image.revision": record.source.commit,
            "org.opencontainers.image.created": `${record.released_at}T00:00:00Z`,
            "org.opencontainers.image.source": expect.stringMatching(
              new RegExp(`^https://git\\.example\\.com/platform/${record.source.repo}`),
            ),
          });
        }
      });

      it("hold the files of the tag's commit and of no other", async () => {
        const { first: oldest, last: newest } = ends(
          first().builds.filter(({ component }) => component === "orbit-webapp"),
        );
        for (const build of [oldest, newest]) {
          const { commit, path } = await sourceOf(world(), build.component, build.version);
          const { stdout: wanted } = await world().run("git", [
            ...(await bare(world())),
            "show",
            `${commit}:${path}/server.mjs`,
          ]);
          const { stdout: layers } = await execa(
            "sh",
            [
              "-c",
              '"$0" export "$1" - | tar -xOf - --wildcards "*server.mjs"',
              required("crane"),
              `${registry}/${build.component}:${build.version}`,
            ],
            { env: world().env },
          );
          expect(wanted.length).toBeGreaterThan(50);
          expect(layers.trim()).toBe(wanted.trim());
        }
      });

      it("are plain image manifests, without attestations beside them", async () => {
        for (const { component, version } of first().builds) {
          const manifest = JSON.parse(
            await clients.crane("manifest", `${registry}/${component}:${version}`),
          ) as { mediaType: string };
          expect(manifest.mediaType).toMatch(/manifest\.v[12]\+json$/);
        }
      });
    });

    describeWith("skopeo", () => {
      it("are listed under version, commit and, for the newest stable one, latest", async () => {
        const listed = await clients.skopeo(
          "list-tags",
          "--tls-verify=false",
          `docker://${registry}/orbit-webapp`,
        );
        const { Tags: tags } = JSON.parse(listed) as { Tags: string[] };
        const builds = first().builds.filter(({ component }) => component === "orbit-webapp");
        const commits = await Promise.all(
          builds.map(({ component, version }) => sourceOf(world(), component, version)),
        );
        expect([...tags].sort()).toEqual(
          [
            "latest",
            ...builds.map(({ version }) => version),
            ...commits.map(({ commit }) => `git-${commit}`),
          ].sort(),
        );
        const inspected = JSON.parse(
          await clients.skopeo(
            "inspect",
            "--tls-verify=false",
            `docker://${registry}/orbit-webapp:latest`,
          ),
        ) as { Digest: string; Labels: Record<string, string> };
        // 2.0.0-rc.1 is newer, but no stable version.
        expect(inspected.Labels["org.opencontainers.image.version"]).toBe("1.4.1");
        expect(inspected.Digest).toBe(
          builds.find(({ version }) => version === "1.4.1")?.digest ?? "none",
        );
      });
    });
  });
}

/** Tests by a client: where it could not be set up, they are skipped and the reason is named. */
function describeWith(client: string, tests: () => void): void {
  const missing = whyMissing(client);
  const title = missing === undefined ? client : `${client}: ${missing}`;
  describe.skipIf(missing !== undefined)(`seen by ${title}`, tests);
}

function required(name: string): string {
  const path = findTool(name);
  if (path === undefined) throw new Error(`${name} is missing: node tools/setup.mjs --for test`);
  return path;
}

function ends<T>(list: readonly T[]): { first: T; last: T } {
  const [first] = list;
  const last = list.at(-1);
  if (first === undefined || last === undefined) throw new Error("an empty list has no ends");
  return { first, last };
}

async function sourceOf(
  world: World,
  component: string,
  version: string,
): Promise<{ commit: string; path: string }> {
  const text = world.checkout.read(`releases/${component}/v${version}/release.yaml`);
  const { source } = parse(text) as { source: { commit: string; path: string } };
  return source;
}

/** A bare clone of the sample repository, made once, fetched as a user would with the token. */
const clones = new WeakMap<World, Promise<string[]>>();
function bare(world: World): Promise<string[]> {
  const existing = clones.get(world);
  if (existing !== undefined) return existing;
  const made = (async () => {
    const endpoints = JSON.parse(known(world.env, "SLIPWAY_ENDPOINTS")) as Record<string, string>;
    const base = new URL(`${endpoints["https://git.example.com/"]}platform/platform.git`);
    base.username = "git";
    base.password = "sandbox-source-token";
    const target = `${world.checkout.root}/.sandbox/clone.git`;
    await execa("git", ["clone", "--quiet", "--bare", "--", base.href, target]);
    return ["--git-dir", target];
  })();
  clones.set(world, made);
  return made;
}
