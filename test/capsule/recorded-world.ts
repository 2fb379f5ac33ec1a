/** A recorded release of the sample component with a package, and a checkout that has the record. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { type ReleaseRecord, recordBytes } from "../../registry/index.ts";
import { git } from "../../sandbox/git/git-process.ts";
import { SOURCE_TOKEN, startGitHost } from "../../sandbox/git/host.ts";
import { ensureSampleRepositories } from "../../sandbox/git/samples.ts";
import { pushAttested, VERIFICATION } from "../attest/attested-image.ts";
import { BIN } from "../cli/bin.ts";
import { type TempCheckout, tempCheckout } from "../fixtures/checkout.ts";
import { REGISTRY, startPlainRegistry, type TestRegistry } from "../integration/registries.ts";

export interface RecordedWorld {
  root: string;
  registry: TestRegistry;
  /** Bare repository of the sample. */
  bare: string;
  /** Head of its branch, which has the package. */
  commit: string;
  /** What slipway is run with. */
  env: Record<string, string>;
  /** Complete, of `orbit-webapp@1.5.0` at the commit. */
  record: ReleaseRecord;
  checkout: TempCheckout;
  /** The command line in the checkout. */
  slipway(...args: string[]): Promise<{ exitCode: number | undefined; document: unknown }>;
  close(): Promise<void>;
}

const VERSION = "1.5.0";
const TOKENS = /^ {2}slipway:source_tokens:\n(?: {4}.*\n)+/m;

export async function startRecordedWorld(): Promise<RecordedWorld> {
  const root = await mkdtemp(join(tmpdir(), "slipway-capsule-"));
  const closers: (() => Promise<unknown>)[] = [() => rm(root, { recursive: true, force: true })];
  const close = async () => {
    for (const one of closers.splice(0).reverse()) await one();
  };
  try {
    const registry = await startPlainRegistry();
    closers.push(() => registry.close());
    const projectRoot = join(root, "git");
    await ensureSampleRepositories(projectRoot);
    const host = await startGitHost({ projectRoot, port: 0 });
    closers.push(() => host.close());
    const bare = join(projectRoot, "git.example.com/platform/platform.git");
    const commit = (await git(["-C", bare, "rev-parse", "main"])).trim();
    const endpoints = {
      ...JSON.parse(registry.env.SLIPWAY_ENDPOINTS),
      "https://git.example.com/": `http://127.0.0.1:${host.port}/git.example.com/`,
    };
    const env = {
      ...VERIFICATION,
      SLIPWAY_ENDPOINTS: JSON.stringify(endpoints),
      SLIPWAY_SOURCES: join(root, "sources"),
      GIT_CONFIG_GLOBAL: await gitSettings(join(root, "gitconfig"), ""),
    };
    const release = { version: VERSION, commit };
    const { digest, attestations } = await pushAttested(env, "orbit-webapp", release);
    const checkout = await tempCheckout({ keep: true });
    closers.push(async () => checkout.dispose());
    // Without one git asks its own helpers, and no engine is needed to read it.
    checkout.write("Pulumi.dev.yaml", checkout.read("Pulumi.dev.yaml").replace(TOKENS, ""));
    const record = recordOf(commit, digest, attestations);
    checkout.write(record.file, recordBytes(record));
    return {
      root,
      registry,
      bare,
      commit,
      env,
      record,
      checkout,
      async slipway(...args) {
        const options = { cwd: checkout.root, env, reject: false } as const;
        const { exitCode, stdout } = await execa(
          process.execPath,
          [BIN, ...args, "--json"],
          options,
        );
        return { exitCode, document: JSON.parse(stdout) };
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Writes git's settings with the token of the sample's host, and more of them. @returns the file */
export async function gitSettings(file: string, more: string): Promise<string> {
  const helper = `!f() { echo username=x; echo password=${SOURCE_TOKEN}; }; f`;
  await writeFile(file, `[credential]\n\thelper = "${helper}"\n${more}`);
  return file;
}

function recordOf(
  commit: string,
  digest: string,
  attestations: ReleaseRecord["attestations"] & object,
): ReleaseRecord {
  return {
    file: `releases/orbit-webapp/v${VERSION}/release.yaml`,
    component: "orbit-webapp",
    version: VERSION,
    releasedAt: "2026-09-29",
    source: {
      repo: "platform",
      path: "services/orbit-webapp",
      tag: `orbit-webapp/v${VERSION}`,
      commit,
    },
    target: "container",
    artifact: {
      registry: REGISTRY,
      repository: "orbit-webapp",
      tag: VERSION,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      digest,
      size: 402,
    },
    attestations,
    status: "recorded",
  };
}
