/** A checkout with a git host and an image registry, and no engine: what the kinds but containers need. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { loadRegistry, type ReleaseRecord } from "../../../registry/index.ts";
import { git as gitIn } from "../../../sandbox/git/git-process.ts";
import { SOURCE_TOKEN, startGitHost } from "../../../sandbox/git/host.ts";
import { ensureSampleRepositories } from "../../../sandbox/git/samples.ts";
import { RegistryClient } from "../../../sandbox/oci/registry-client.ts";
import { BIN } from "../../cli/bin.ts";
import { type TempCheckout, tempCheckout } from "../../fixtures/checkout.ts";
import { PREFIX, startPlainRegistry, type TestRegistry } from "../../integration/registries.ts";

export interface Released {
  version: string;
  commit: string;
  digest: string | null;
  record: string;
  built: boolean;
}

export interface StoredArtifact {
  digest: string;
  content: {
    layers: { digest: string; size: number; mediaType: string }[];
    annotations: Record<string, string>;
    /** Of an index. */
    manifests?: { digest: string; artifactType: string }[];
  };
}

export interface KindsWorld {
  checkout: TempCheckout;
  registry: TestRegistry;
  env: Record<string, string>;
  /** Holds bare repositories below `git.example.com/`. */
  gitRoot: string;
  /** Of the sample repository's main branch, oldest first. */
  commits: readonly string[];
  /** Runs the verb; fails the test unless it succeeds. */
  release(...args: string[]): Promise<Released>;
  /** Runs the verb and gives the problems that it ends with. */
  problems(...args: string[]): Promise<{ code: string; message: string }[]>;
  /**
   * Runs the verb, and kills it with all that it has started at the first request of a kind.
   *
   * @returns whether it was killed; else it succeeded
   */
  killedAt(moment: "before" | "after", request: RegExp, ...args: string[]): Promise<boolean>;
  record(component: string, version: string): ReleaseRecord | undefined;
  /** A manifest of the component's repository, by tag or digest; undefined when there is none. */
  manifest(image: string, reference: string): Promise<StoredArtifact | undefined>;
  /** A repository or image as clients on this machine name it. */
  reference(image: string): string;
  /** Tags of the sample repository with their commits. */
  tags(): Promise<Record<string, string>>;
  /** git in the sample repository. */
  git(...args: string[]): Promise<string>;
  close(): Promise<void>;
}

/** Answers for any host; the sandbox's one takes any user name. */
const CREDENTIALS = `[credential]\n\thelper = "!f() { echo username=x; echo password=${SOURCE_TOKEN}; }; f"\n`;
/** The stack's tokens are secrets, which Pulumi alone reads. */
const TOKENS = /^ {2}slipway:source_tokens:\n(?: {4}.*\n)+/m;

/**
 * @param more variables, e.g. the keys that releases are signed with
 * @param prepare edits the checkout before it is committed
 */
export async function startKindsWorld(
  more: Readonly<Record<string, string>> = {},
  prepare: (checkout: TempCheckout) => void = () => {},
): Promise<KindsWorld> {
  const root = await mkdtemp(join(tmpdir(), "slipway-kinds-"));
  const checkout = await tempCheckout({ keep: true });
  const [registry] = await Promise.all([startPlainRegistry(), ensureSampleRepositories(root)]);
  const host = await startGitHost({ projectRoot: root, port: 0 });
  await writeFile(join(root, "gitconfig"), CREDENTIALS);
  const stack = checkout.read("Pulumi.dev.yaml");
  checkout.write("Pulumi.dev.yaml", stack.replace(TOKENS, ""));
  prepare(checkout);
  await checkout.commit("Start");
  const env = {
    ...inherited(),
    ...more,
    SLIPWAY_SOURCES: join(root, "mirrors"),
    GIT_CONFIG_GLOBAL: join(root, "gitconfig"),
    SLIPWAY_ENDPOINTS: JSON.stringify({
      ...JSON.parse(registry.env.SLIPWAY_ENDPOINTS),
      "https://git.example.com/": `http://127.0.0.1:${host.port}/git.example.com/`,
    }),
  };
  const bare = join(root, "git.example.com/platform/toolkit.git");
  const git = (...args: string[]) => gitIn([`--git-dir=${bare}`, ...args]);
  const run = (args: readonly string[]) =>
    execa(process.execPath, [BIN, "release", "--json", ...args], {
      // A group of its own, to be killed as one.
      detached: true,
      cwd: checkout.root,
      env,
      extendEnv: false,
      reject: false,
      stdin: "ignore",
    });
  return {
    checkout,
    registry,
    env,
    gitRoot: root,
    commits: (await git("rev-list", "--reverse", "main")).trim().split("\n"),
    git,
    async release(...args) {
      const { exitCode, stdout, stderr } = await run(args);
      if (exitCode !== 0)
        throw new Error(`slipway release ${args.join(" ")}: ${stdout}\n${stderr}`);
      return JSON.parse(stdout);
    },
    async problems(...args) {
      const { exitCode, stdout } = await run(args);
      if (exitCode !== 1) throw new Error(`slipway release ${args.join(" ")} exited ${exitCode}`);
      return JSON.parse(stdout).error.problems;
    },
    async killedAt(moment, request, ...args) {
      const running = run(args);
      let isKilled = false;
      registry.watch((at, line) => {
        if (isKilled || at !== moment || !request.test(line)) return;
        isKilled = true;
        process.kill(-(running.pid ?? 0), "SIGKILL");
        // What it sent already must not go on.
        return moment === "before" ? new Promise(() => {}) : undefined;
      });
      const { exitCode, stdout } = await running;
      registry.watch(undefined);
      if (!isKilled && exitCode !== 0) throw new Error(`slipway release ${args[0]}: ${stdout}`);
      return isKilled;
    },
    record: (component, version) =>
      loadRegistry(checkout.root, () => {})
        ?.records.get(component)
        ?.find((record) => record.version === version),
    async manifest(image, reference) {
      const repository = `${PREFIX}/${image}`;
      const client = new RegistryClient(registry.endpoint);
      if ((await client.headManifest(repository, reference)) === undefined) return undefined;
      const { digest, body } = await client.getManifest(repository, reference);
      return { digest, content: JSON.parse(body.toString("utf8")) };
    },
    reference: (image) => `${new URL(registry.endpoint).host}/${PREFIX}/${image}`,
    async tags() {
      const format = "--format=%(refname:strip=2) %(objecttype) %(*objectname)";
      const lines = (await git("for-each-ref", format, "refs/tags")).split("\n");
      return Object.fromEntries(
        lines.flatMap((line) => {
          const [name, type, commit] = line.split(" ");
          return name && type === "tag" && commit ? [[name, commit]] : [];
        }),
      );
    },
    async close() {
      await host.close();
      await registry.close();
      checkout.dispose();
      await rm(root, { recursive: true, force: true });
    },
  };
}

function inherited(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || /^(?:SLIPWAY_|COSIGN_|GIT_|PULUMI_)/.test(name)
        ? []
        : [[name, value] as const],
    ),
  );
}

/** Lets a sample record of a container be complete, as its release leaves it. */
export function recordWhole(checkout: TempCheckout, component: string, version: string): void {
  const lines = (before: string, after: string) =>
    `artifact:\n${before}  repository: ${component}\n  tag: ${version}\n${after}`;
  const media = "  media_type: application/vnd.oci.image.manifest.v1+json\n";
  checkout.edit(
    `releases/${component}/v${version}/release.yaml`,
    lines("", ""),
    lines(
      "  registry: slipwaydev.azurecr.io\n",
      `${media}  digest: sha256:${"a".repeat(64)}\n  size: 512\n`,
    ),
  );
}
