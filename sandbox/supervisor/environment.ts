import { mkdir, readFile } from "node:fs/promises";
import { delimiter, dirname } from "node:path";
import { pathToFileURL } from "node:url";
import writeFileAtomic from "write-file-atomic";
import { toolsEnvPath } from "../../tools/find.mjs";
import { BUILDER_NAME } from "../buildkit/builder-instance.ts";
import { SANDBOX_SUBSCRIPTION_ID, SANDBOX_TENANT_ID } from "../contract.ts";
import { gitHosts } from "./git-hosts.ts";
import { type SandboxPaths, sandboxPaths } from "./paths.ts";
import { loopbackUnproxied } from "./proxy.ts";
import { signingKeys } from "./signing-keys.ts";
import { runningState } from "./state.ts";

/** Of the stack `dev`, whose secrets are the sandbox's own tokens: no secret. */
const PASSPHRASE = "slipway-sandbox";

/**
 * The environment that points Pulumi, the Azure SDKs, git and `az` at a running sandbox, and at
 * nothing else of the user's.
 * @param env of the caller: its PATH, trusted certificates and proxy exceptions are kept
 * @throws when the sandbox does not run
 */
export async function sandboxEnv(
  { root }: { root: string },
  env: NodeJS.ProcessEnv = process.env,
): Promise<Record<string, string>> {
  const paths = sandboxPaths(root);
  const state = await runningState(paths.state, root);
  if (state?.ready === undefined) {
    throw new Error(
      "the sandbox does not run: start it with npx --no-install slipway sandbox start",
    );
  }
  const { ports, ready } = state;
  const trust = await trustBundle(paths, env);
  const endpoints = {
    "*.azurecr.io": `http://127.0.0.1:${ports.registry}/*`,
    ...gitHosts(ports),
  };
  return {
    ARM_METADATA_HOSTNAME: `localhost:${ports.arm}`,
    ARM_SUBSCRIPTION_ID: SANDBOX_SUBSCRIPTION_ID,
    ARM_TENANT_ID: SANDBOX_TENANT_ID,
    ARM_USE_MSI: "true",
    // A principal of the caller's own would come before the managed identity.
    ARM_CLIENT_ID: "",
    ARM_CLIENT_SECRET: "",
    ARM_USE_OIDC: "",
    IDENTITY_ENDPOINT: ready.identityEndpoint,
    IDENTITY_HEADER: ready.identityHeader,
    NODE_EXTRA_CA_CERTS: trust,
    REQUESTS_CA_BUNDLE: trust,
    AZURE_CONFIG_DIR: paths.azureConfig,
    PULUMI_HOME: paths.pulumiHome,
    // An engine that is killed can leave half a file of metadata, which makes the stack unreadable;
    // the engine needs none of it (https://github.com/google/go-cloud/blob/master/blob/fileblob).
    PULUMI_BACKEND_URL: `${pathToFileURL(paths.pulumiState).href}?metadata=skip`,
    PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_STACK: "dev",
    BUILDX_CONFIG: paths.buildxConfig,
    BUILDX_BUILDER: BUILDER_NAME,
    BUILDKIT_HOST: ready.buildkitAddress,
    SLIPWAY_BASE_IMAGES: JSON.stringify(ready.baseImages),
    SLIPWAY_SOURCES: paths.sources,
    SLIPWAY_ENDPOINTS: JSON.stringify(endpoints),
    ...(await signingKeys(paths.signingKeys)),
    ...loopbackUnproxied(env),
    PATH: [toolsEnvPath(), env.PATH].filter(Boolean).join(delimiter),
  };
}

/**
 * One file with the sandbox's certificate and whatever the caller's environment trusts besides, as
 * the variables that name such a file replace one another.
 */
async function trustBundle(paths: SandboxPaths, env: NodeJS.ProcessEnv): Promise<string> {
  const file = paths.trustBundle;
  const others = [env.NODE_EXTRA_CA_CERTS, env.REQUESTS_CA_BUNDLE].filter(
    (other) => other !== undefined && other !== "" && other !== file,
  ) as string[];
  const current = await readFile(file, "utf8").catch(() => undefined);
  // Inside the sandbox's own environment the others are in the file already.
  if (others.length === 0 && current !== undefined) return file;
  const texts = [await readFile(paths.certificate, "utf8")];
  for (const other of new Set(others)) {
    texts.push(await readFile(other, "utf8").catch(() => ""));
  }
  const bundle = texts.map((text) => `${text.trimEnd()}\n`).join("");
  if (bundle !== current) {
    await mkdir(dirname(file), { recursive: true });
    await writeFileAtomic(file, bundle);
  }
  return file;
}
