import { createHash } from "node:crypto";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attest } from "../../attest/index.ts";
import type {
  AttestationPolicy,
  Component,
  GoModule,
  ReleaseRecord,
} from "../../registry/index.ts";
import { checkReleases } from "../../releasing/remote/index.ts";
import { SOURCE_TOKEN } from "../../sandbox/git/host.ts";
import type { Problem } from "../../schemas/problem.ts";
import { serveHttp } from "../fixtures/http.ts";
import { freePort } from "../fixtures/ports.ts";
import { type Remote, startRemote } from "../source/remote.ts";
import { component, type KeyPair, makeKeys, pushImage, release } from "./attest-world.ts";
import { PREFIX, startPlainRegistry, type TestRegistry } from "./registries.ts";

const WRITES = /^(PUT|POST|PATCH|DELETE) /;
const NONE = { sbom: false, provenance: false, signature: false };
const SIGNED = { sbom: false, provenance: false, signature: true };

let registry: TestRegistry & { stateDir: string };
let keys: KeyPair;
let others: KeyPair;
let count = 0;

beforeAll(async () => {
  registry = await startPlainRegistry();
  [keys, others] = [await makeKeys(), await makeKeys()];
});

afterAll(async () => {
  await Promise.all([registry.close(), keys.remove(), others.remove()]);
});

describe("checkReleases", () => {
  it("finds nothing, and writes nothing, where all is as it was released", async () => {
    const world = await startWorld();
    const record = await world.release(component.attestations);
    const before = registry.requests.length;
    expect(await world.check([record])).toEqual([]);
    const requests = registry.requests.slice(before);
    expect(requests.length).toBeGreaterThan(0);
    expect(requests.filter((line) => WRITES.test(line))).toEqual([]);
  });

  it("finds a tag that was moved, and one that is gone", async () => {
    const world = await startWorld();
    const [moved, gone] = [await world.release(), await world.release()];
    const other = await world.remote.commit("feat: another");
    await world.remote.git("tag", "--force", moved.source.tag, other);
    await world.remote.git("tag", "--delete", gone.source.tag);
    expect(codes(await world.check([moved, gone]))).toEqual([
      `${moved.file} source.commit tag-moved`,
      `${gone.file} source.commit tag-missing`,
    ]);
  });

  it("finds a tag of the image that names another digest, and one that is gone", async () => {
    const world = await startWorld();
    const [changed, gone] = [await world.release(), await world.release()];
    await pushImage(registry, "another", [changed.version]);
    await remove(`manifests/git-${gone.source.commit}`);
    expect(codes(await world.check([changed, gone]))).toEqual([
      `${changed.file} artifact.digest digest-changed`,
      `${gone.file} artifact.digest image-missing`,
    ]);
  });

  it("finds other bytes under the digest", async () => {
    const world = await startWorld();
    const record = await world.release();
    await appendFile(blobFile(record.artifact?.digest), " ");
    expect(codes(await world.check([record]))).toEqual([
      `${record.file} artifact.digest digest-changed`,
    ]);
  });

  it("finds an image that is gone, once", async () => {
    const world = await startWorld();
    const record = await world.release(SIGNED);
    await remove(`manifests/${record.artifact?.digest}`);
    expect(codes(await world.check([record]))).toEqual([
      `${record.file} artifact.digest image-missing`,
    ]);
  });

  it("finds a layer that is gone", async () => {
    const world = await startWorld();
    const record = await world.release();
    const layer = await layerOf(record.artifact?.digest);
    await remove(`blobs/${layer}`);
    const problems = await world.check([record]);
    expect(codes(problems)).toEqual([`${record.file} artifact.digest image-missing`]);
    expect(problems[0]?.message).toContain(layer);
  });

  it("finds signatures that are gone or of another key", async () => {
    const world = await startWorld();
    const gone = await world.release(SIGNED);
    const foreign = await world.release(SIGNED, others);
    await remove(`manifests/${gone.attestations?.signature}`);
    expect(codes(await world.check([gone, foreign]))).toEqual([
      `${gone.file} attestations.signature signature-invalid`,
      `${foreign.file} attestations.signature signature-invalid`,
    ]);
  });

  it("finds a signature that cosign would not find, and one that is something else", async () => {
    const world = await startWorld();
    const unlisted = await world.release(SIGNED);
    const listing = unlisted.artifact?.digest?.replace(":", "-");
    await remove(`manifests/${listing}`);
    const mistaken = await world.release({ ...SIGNED, provenance: true });
    const { provenance = "" } = mistaken.attestations ?? {};
    const records = [
      unlisted,
      { ...mistaken, attestations: { provenance, signature: provenance } },
    ];
    expect(codes(await world.check(records))).toEqual([
      `${unlisted.file} attestations.signature signature-invalid`,
      `${mistaken.file} attestations.signature signature-invalid`,
    ]);
  });

  it("finds signatures that lost their bundle, or have other bytes in it", async () => {
    const world = await startWorld();
    const [gone, changed] = [await world.release(SIGNED), await world.release(SIGNED)];
    await remove(`blobs/${await layerOf(gone.attestations?.signature)}`);
    const file = blobFile(await layerOf(changed.attestations?.signature));
    await writeFile(file, (await readFile(file, "utf8")).replace("0.3", "0.2"));
    expect(codes(await world.check([gone, changed]))).toEqual([
      `${gone.file} attestations.signature signature-invalid`,
      `${changed.file} attestations.signature signature-invalid`,
    ]);
  });

  it("says once, and of how many releases, that there is no key to check with", async () => {
    const world = await startWorld();
    const records = [await world.release(SIGNED), await world.release(SIGNED)];
    const problems = await world.check(records, {
      SLIPWAY_SIGNING_KEY: "",
      SLIPWAY_VERIFICATION_KEY: "",
    });
    expect(codes(problems)).toEqual(["signing-key"]);
    expect(problems[0]?.message).toMatch(/SLIPWAY_VERIFICATION_KEY .*2 recorded releases$/);
  });

  it("says once, and of how many releases, that a registry does not answer", async () => {
    const world = await startWorld();
    const records = [await world.release(), await world.release()];
    await world.remote.git("tag", "--delete", records[0]?.source.tag ?? "");
    const endpoints = JSON.parse(world.env.SLIPWAY_ENDPOINTS ?? "");
    const nobody = { "*.azurecr.io": `http://127.0.0.1:${await freePort()}/*` };
    const problems = await world.check(records, {
      SLIPWAY_ENDPOINTS: JSON.stringify({ ...endpoints, ...nobody }),
    });
    expect(codes(problems)).toEqual([
      "registry-unreachable",
      `${records[0]?.file} source.commit tag-missing`,
    ]);
    expect(problems[0]?.message).toMatch(/slipwaydev\.azurecr\.io .*2 recorded releases$/);
  }, 60_000);

  it("asks a registry that refuses no more than once for each record under way", async () => {
    const world = await startWorld();
    const record = await world.release();
    let requests = 0;
    const origin = await serveHttp((_, response) => {
      requests += 1;
      response.writeHead(403).end();
    });
    const endpoints = {
      ...JSON.parse(world.env.SLIPWAY_ENDPOINTS ?? ""),
      "*.azurecr.io": `${origin}/*`,
    };
    const records = Array.from({ length: 20 }, () => record);
    const problems = await world.check(records, { SLIPWAY_ENDPOINTS: JSON.stringify(endpoints) });
    expect(codes(problems)).toEqual(["registry-unreachable"]);
    expect(problems[0]?.message).toMatch(/20 recorded releases$/);
    expect(requests).toBeLessThan(records.length);
  });

  it("compares a module's sum with the commit's, once its tag is there", async () => {
    const world = await startWorld();
    const record = await world.module();
    expect(await world.check([record])).toEqual([]);
    const module = { path: `${record.module.path}2`, sum: `h1:${"A".repeat(43)}=` };
    const changed = { ...record, module };
    expect(codes(await world.check([changed]))).toEqual([
      `${record.file} module.path digest-changed`,

      `${record.file} module.sum digest-changed`,
    ]);
    await world.remote.git("tag", "--delete", record.source.tag);
    expect(codes(await world.check([changed]))).toEqual([
      `${record.file} source.commit tag-missing`,
    ]);
  });

  it("asks a chart's registry for its tag alone", async () => {
    const world = await startWorld();
    const record = await world.release();
    await remove(`manifests/git-${record.source.commit}`);
    expect(await world.check([{ ...record, target: "helm_chart" }])).toEqual([]);
    await remove(`manifests/${record.version}`);
    expect(codes(await world.check([{ ...record, target: "helm_chart" }]))).toEqual([
      `${record.file} artifact.digest image-missing`,
    ]);
  });

  it("looks at the tag alone while a record is pending, and at nothing of history", async () => {
    const world = await startWorld();
    const { artifact: _, ...pending } = await world.release();
    await world.remote.git("tag", "--delete", pending.source.tag);
    const old = { ...pending, file: "releases/orbit-webapp/v0.0.1/release.yaml" };
    const records = [
      { ...pending, status: "pending" as const },
      { ...old, status: "history" as const },
    ];
    expect(codes(await world.check(records))).toEqual([
      `${pending.file} source.commit tag-missing`,
    ]);
  });
});

interface World {
  remote: Remote;
  env: Record<string, string>;
  /** A release, tagged, pushed and attested. */
  release(attestations?: AttestationPolicy, signer?: KeyPair): Promise<ReleaseRecord>;
  /** A release of a Go module, tagged. */
  module(): Promise<ReleaseRecord & { module: GoModule }>;
  check(records: readonly ReleaseRecord[], env?: Record<string, string>): Promise<Problem[]>;
}

async function startWorld(): Promise<World> {
  const remote = await startRemote();
  const endpoints = [remote.env, registry.env].map(({ SLIPWAY_ENDPOINTS = "" }) =>
    JSON.parse(SLIPWAY_ENDPOINTS),
  );
  const env = {
    ...remote.env,
    ...keys.env,
    SLIPWAY_ENDPOINTS: JSON.stringify(Object.assign({}, ...endpoints)),
  };
  const { repository } = remote;
  const service = { ...component, repository };
  const library: Component = {
    ...service,
    name: "trajectory",
    kind: "go_module",
    path: "go/trajectory",
  };
  const components = new Map([service, library].map((each) => [each.name, each]));
  return {
    remote,
    env,
    async release(attestations = NONE, signer = keys) {
      count += 1;
      const version = `1.${count}.0`;
      const commit = await remote.commit(`feat: version ${version}`);
      const { record, request } = await release(registry, signer.env, version, commit);
      await remote.tag(record.source.tag, commit);
      const digests = await attest({ ...request, component: { ...service, attestations } });
      return { ...record, ...(attestations === NONE ? {} : { attestations: digests }) };
    },
    async module() {
      const module = "git.example.com/team/source/go/trajectory";
      const files = {
        "go/trajectory/go.mod": `module ${module}\n\ngo 1.24\n`,
        "go/trajectory/plan.go": "package trajectory\n",
      };
      const commit = await remote.commit("feat: begin", { files });
      const tag = "go/trajectory/v1.0.0";
      await remote.tag(tag, commit);
      return {
        file: "releases/trajectory/v1.0.0/release.yaml",
        component: library.name,
        version: "1.0.0",
        releasedAt: "2026-05-01",
        source: { repo: repository.key, path: library.path, tag, commit },
        target: "go_module",
        module: { path: module, sum: sumOf(`${module}@v1.0.0`, files) },
        status: "recorded",
      };
    },
    check: (records, more = {}) =>
      checkReleases(
        {
          catalogue: { repositories: new Map(), components, apps: new Map() },
          records: new Map([["any", records]]),
        },
        { env: { ...env, ...more }, tokens: { [repository.key]: SOURCE_TOKEN }, note: () => {} },
      ),
  };
}

/** By https://go.dev/ref/mod#go-sum-files, for files whose names are in order. */
function sumOf(prefix: string, files: Readonly<Record<string, string>>): string {
  const lines = Object.entries(files).map(([path, content]) => {
    const hash = createHash("sha256").update(content).digest("hex");
    return `${hash}  ${prefix}/${path.slice("go/trajectory/".length)}\n`;
  });
  return `h1:${createHash("sha256").update(lines.join("")).digest("base64")}`;
}

function codes(problems: readonly Problem[]): string[] {
  return problems.map(({ file = "", path = "", code }) => `${file} ${path} ${code}`.trim());
}

function address(what: string): string {
  return `${registry.endpoint}/v2/${PREFIX}/${component.image}/${what}`;
}

/** Digest of a manifest's only layer. */
async function layerOf(manifest = ""): Promise<string> {
  const accept = "application/vnd.oci.image.manifest.v1+json";
  const answer = await fetch(address(`manifests/${manifest}`), { headers: { accept } });
  const { layers } = (await answer.json()) as { layers: [{ digest: string }] };
  return layers[0].digest;
}

async function remove(what: string): Promise<void> {
  expect((await fetch(address(what), { method: "DELETE" })).status).toBe(202);
}

/** Where the registry keeps a blob. */
function blobFile(digest = ""): string {
  const hex = digest.slice("sha256:".length);
  const folder = "data/docker/registry/v2/blobs/sha256";
  return join(registry.stateDir, folder, hex.slice(0, 2), hex, "data");
}
