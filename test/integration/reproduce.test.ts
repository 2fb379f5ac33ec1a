import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endpointMapFrom } from "../../builds/endpoints.ts";
import { imageLabels } from "../../builds/image.ts";
import type { ReleaseRecord } from "../../registry/index.ts";
import { reproduce } from "../../releasing/reproduce/index.ts";
import { buildImage } from "../../sandbox/acr/image-build.ts";
import { SOURCE_TOKEN } from "../../sandbox/git/host.ts";
import { listSampleTags, type SampleTag } from "../../sandbox/git/samples.ts";
import { SlipwayError } from "../../schemas/problem.ts";
import { findBuildKit } from "../../tools/find.mjs";
import { component } from "./attest-world.ts";
import { buildOfTag } from "./builds-fixture.ts";
import { type SandboxParts, startParts, tool } from "./sandbox-parts.ts";

const SLOW = 120_000;
const PLATFORM = `linux/${process.arch === "arm64" ? "arm64" : "amd64"}`;

let parts: SandboxParts;
let first: SampleTag;
let second: SampleTag;

beforeAll(async () => {
  parts = await startParts();
  const tags = await listSampleTags(parts.gitRoot);
  const [one, other] = tags.filter((tag) => tag.component === "orbit-webapp");
  if (one === undefined || other === undefined) throw new Error("two versions are needed");
  [first, second] = [one, other];
}, SLOW);

afterAll(() => parts.close());

describe("reproduce", () => {
  it(
    "finds the same files in a second build of an image, with other times",
    async () => {
      const digest = await build(first);
      const found = await again(recordOf(first, digest));
      expect(found).toMatchObject({ recorded: digest, differences: [] });
      expect(found.rebuilt).not.toBe(digest);
    },
    SLOW,
  );

  it(
    "finds the files and labels that another commit has",
    async () => {
      const digest = await build(first);
      const { differences } = await again(recordOf(second, digest));
      const paths = differences.map(({ layer, path }) => `${layer ?? "-"} ${path}`);
      expect(paths).toEqual(["- config.Labels", "2 app/changes.json", "2 app/package.json"]);
    },
    SLOW,
  );

  it(
    "says how a build failed, without the token",
    async () => {
      const digest = await build(first);
      const failed = again(recordOf(first, digest), { dockerfile: "Nowhere" });
      await expect(failed).rejects.toMatchObject({ code: "build-failed" });
      await expect(failed).rejects.toThrow("Nowhere");
      await expect(failed).rejects.not.toThrow(SOURCE_TOKEN);
    },
    SLOW,
  );

  it(
    "stops where the image or the tag is gone",
    async () => {
      const record = recordOf(first, await build(first));
      const missing = recordOf(first, `sha256:${"0".repeat(64)}`);
      expect(await codeOf(again(missing))).toBe("image-missing");
      const moved = { ...record, source: { ...record.source, commit: second.commit } };
      expect(await codeOf(again(moved))).toBe("tag-moved");
      expect(await codeOf(again({ ...record, status: "pending" }))).toBe("record-pending");
      expect(await codeOf(again({ ...record, status: "history" }))).toBe("record-not-deployable");
    },
    SLOW,
  );

  it(
    "takes base images from where it is told",
    async () => {
      const record = recordOf(first, await build(first));
      const nowhere = { "node:20-slim": "docker-image://127.0.0.1:9/library/node:20-slim" };
      const rebuild = (text: string) => again(record, {}, { SLIPWAY_BASE_IMAGES: text });
      await expect(rebuild(JSON.stringify(nowhere))).rejects.toThrow("127.0.0.1:9");
      expect(await codeOf(rebuild('{"node:20-slim":1}'))).toBe("endpoint-map");
      expect(await codeOf(rebuild("node"))).toBe("endpoint-map");
    },
    SLOW,
  );

  it.skipIf(findBuildKit())(
    "says where there is no BuildKit",
    async () => {
      const record = recordOf(first, await build(first));
      expect(await codeOf(again(record, {}, { BUILDKIT_HOST: "" }))).toBe("tool-missing");
    },
    SLOW,
  );
});

/** As the sandbox's runs build it. */
async function build(tag: SampleTag): Promise<string> {
  const plan = buildOfTag(tag);
  const digest = await buildImage(
    { buildctl: tool("buildctl"), address: parts.buildkitAddress, baseImages: parts.baseImages },
    {
      command: {
        tags: [],
        labels: imageLabels(plan),
        buildArgs: component.buildArgs,
        dockerfile: component.dockerfile,
        noCache: false,
        context: plan.context,
      },
      context: endpoints().mapGitUrl(plan.context),
      token: SOURCE_TOKEN,
      platform: PLATFORM,
      destination: `${new URL(parts.registryEndpoint).host}/slipwaydev/orbit-webapp`,
    },
    () => {},
    new AbortController().signal,
  );
  if (digest === undefined) throw new Error("nothing was pushed");
  return digest;
}

function again(
  record: ReleaseRecord,
  changes: Partial<typeof component> = {},
  env: Record<string, string> = {},
) {
  const note = () => {};
  return reproduce({
    records: new Map(),
    component: { ...component, ...changes },
    record,
    token: SOURCE_TOKEN,
    endpoints: endpoints(),
    env: {
      ...process.env,
      BUILDKIT_HOST: parts.buildkitAddress,
      SLIPWAY_ENDPOINTS: JSON.stringify(addresses()),
      SLIPWAY_BASE_IMAGES: JSON.stringify(parts.baseImages),
      ...env,
    },
    note,
  });
}

function recordOf({ version, tag, commit, path, date }: SampleTag, digest: string): ReleaseRecord {
  return {
    file: `releases/orbit-webapp/v${version}/release.yaml`,
    component: "orbit-webapp",
    version,
    releasedAt: date,
    source: { repo: "platform", path, tag, commit },
    target: "container",
    artifact: {
      registry: "slipwaydev.azurecr.io",
      repository: "orbit-webapp",
      tag: version,
      digest,
    },
    status: "recorded",
  };
}

function addresses(): Record<string, string> {
  return {
    "https://git.example.com/": `http://127.0.0.1:${parts.git.port}/git.example.com/`,
    "*.azurecr.io": `${parts.registryEndpoint}/*`,
  };
}

function endpoints() {
  return endpointMapFrom({ SLIPWAY_ENDPOINTS: JSON.stringify(addresses()) });
}

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  const error = await work.catch((thrown: unknown) => thrown);
  if (error instanceof SlipwayError) return error.code;
  throw error;
}
