import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { findTool, whyMissing } from "../../tools/find.mjs";
import { known, startWorld, type World } from "../e2e/world.ts";
import { commandsOf } from "./commands.ts";

const CLIENTS = ["cosign", "syft", "helm", "oras", "crane", "kustomize"];
const TOKEN = "sandbox-source-token";

/** The sandbox's registry speaks http, which clients have to be told; this oras is PyPI's. */
const FUNCTIONS = `helm() { command helm "$@" --plain-http; }
oras() { "$ORAS" -c "$ORAS_PULL" "$2" "$4"; }
`;
const ORAS_PULL = `import sys
import oras.client
client = oras.client.OrasClient(hostname=sys.argv[1].split("/")[0], insecure=True)
client.pull(target=sys.argv[1], outdir=sys.argv[2])
`;

let world: World;
/** What is beside the checkout: where it is pushed, and where consumers put things. */
let outside: string;

const missing = CLIENTS.map((name) => whyMissing(name)).find((why) => why !== undefined);

describe.skipIf(missing !== undefined)(
  `RELEASING.md and docs/CAPSULE.md${missing === undefined ? "" : `: ${missing}`}`,
  () => {
    beforeAll(async () => {
      world = await startWorld();
      outside = mkdtempSync(join(tmpdir(), "slipway-outside-"));
      mkdirSync(join(outside, "downloads"));
      const { git } = world.checkout;
      await git("init", "--quiet", "--bare", join(outside, "origin"));
      await git("remote", "add", "origin", join(outside, "origin"));
      await git("push", "--quiet", "--set-upstream", "origin", "main");
    }, 240_000);

    afterAll(async () => {
      await world?.stop();
      if (outside !== undefined) rmSync(outside, { recursive: true, force: true });
    });

    it("has commands that work in the order in which they stand", {
      timeout: 480_000,
    }, async () => {
      const pages = ["RELEASING.md", "docs/CAPSULE.md"].map(commandsOf);
      const script = [FUNCTIONS, ...pages].join("\n");
      const result = await world.run("bash", ["-c", script], consumerEnv());
      expect(result.exitCode, result.all).toBe(0);
      // Finished and pushed, and the second time only read.
      expect(result.stdout).toMatch(/^orbit-webapp@1\.4\.1 is released at [0-9a-f]{40}$/m);
      expect(result.stdout).toMatch(/^orbit-webapp@1\.4\.1 .*, built before$/m);
      const pushed = await world.checkout.git(
        "show",
        "origin/main:releases/orbit-webapp/v1.4.1/release.yaml",
      );
      expect(parse(pushed)).toMatchObject({
        artifact: { digest: expect.stringMatching(/^sha256:/) },
        attestations: { sbom: expect.any(String), provenance: expect.any(String) },
      });
      // What Helm and go say is what the records have.
      const [, pulled] = /^Digest: (\S+)$/m.exec(result.all) ?? [];
      expect(recordOf("orbit-chart@0.1.0").artifact?.digest).toBe(pulled);
      const [, sum] = /"Sum": "([^"]+)"/.exec(result.stdout) ?? [];
      expect(recordOf("trajectory@0.1.0").module?.sum).toBe(sum);
      expect(result.stdout).toMatch(/^maxqctl: OK$/m);
      // The capsule is what the record says, and its package what tar lists.
      const { capsule } = recordOf("orbit-webapp@2.0.0");
      expect(result.stdout).toContain(capsule?.digest);
      expect(result.stdout).toMatch(/^package\/app\/kustomization\.yaml$/m);
      expect(await world.checkout.git("status", "--porcelain")).toBe(
        [
          "?? releases/maxqctl/",
          "?? releases/orbit-chart/",
          "?? releases/orbit-webapp/v2.0.0/",
          "?? releases/platform/v2.yaml",
          "?? releases/trajectory/",
        ].join("\n"),
      );
    });
  },
);

interface WrittenRecord {
  artifact?: { digest: string };
  module?: { sum: string };
  capsule?: { digest: string };
}

function recordOf(release: string): WrittenRecord {
  const [component, version] = release.split("@");
  return parse(world.checkout.read(`releases/${component}/v${version}/release.yaml`));
}

/** A consumer reaches the registry and the source at the sandbox's addresses, with the source's token. */
function consumerEnv(): Record<string, string> {
  const { env } = world;
  const endpoints: Record<string, string> = JSON.parse(known(env, "SLIPWAY_ENDPOINTS"));
  const registry = new URL(known(endpoints, "*.azurecr.io")).host;
  const git = known(endpoints, "https://git.example.com/");
  const tools = ["cosign", "helm", "crane", "kustomize"].map((name) =>
    dirname(findTool(name) ?? ""),
  );
  return {
    ...env,
    PATH: [...tools, known(env, "PATH")].join(delimiter),
    REGISTRY: `${registry}/slipwaydev`,
    DOWNLOADS: join(outside, "downloads"),
    ORAS: findTool("oras") ?? "",
    ORAS_PULL,
    GOMODCACHE: join(outside, "modules"),
    GOFLAGS: "-modcacherw",
    ...gitSettings({
      // `go` leaves ".git" out, as git hosts let it.
      [`url.${git}platform/toolkit.git.insteadOf`]: "https://git.example.com/platform/toolkit",
      [`http.${new URL(git).origin}/.extraHeader`]: `Authorization: Basic ${Buffer.from(`x:${TOKEN}`).toString("base64")}`,
    }),
  };
}

function gitSettings(settings: Record<string, string>): Record<string, string> {
  const entries = Object.entries(settings).flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return Object.fromEntries([...entries, ["GIT_CONFIG_COUNT", String(entries.length / 2)]]);
}
