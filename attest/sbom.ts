import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ExecaError, execa } from "execa";
import { lastLines } from "../builds/log.ts";
import type { RegistryAccess } from "../builds/registry-access.ts";
import { releaseTool } from "../builds/tool.ts";
import { SlipwayError } from "../schemas/problem.ts";
import type { Environment } from "./cosign.ts";

export interface SbomRequest {
  access: RegistryAccess;
  repository: string;
  /** `sha256:<hex>` */
  digest: string;
  /** Of an index, the platform whose image is read. */
  platform?: string;
  /** `YYYY-MM-DD` */
  releasedAt: string;
  /** Empty folder for what comes in between. */
  scratch: string;
  env: Environment;
}

/**
 * An SPDX document of what is in an image, by syft, read from the registry by digest. What syft
 * makes up anew each time, and names of this machine's endpoints, are replaced: the same image and
 * the same syft give the same document.
 *
 * @throws SlipwayError `attestation` when the image cannot be read, `tool-missing`
 */
export async function spdxOf(request: SbomRequest): Promise<object> {
  const { access, repository, digest, scratch } = request;
  const file = join(scratch, "spdx.json");
  await runSyft(request, file);
  const document: unknown = JSON.parse(await readFile(file, "utf8"));
  const { creationInfo } = objectOf(document);
  if (typeof creationInfo !== "object" || creationInfo === null) {
    throw failure(request, "syft wrote no SPDX document");
  }
  const tool = toolOf(creationInfo);
  return {
    ...objectOf(document),
    documentNamespace: `https://${access.registry}/${repository}/${digest.replace(":", "-")}/${tool}`,
    creationInfo: { ...creationInfo, created: `${request.releasedAt}T00:00:00Z` },
  };
}

async function runSyft(request: SbomRequest, file: string): Promise<void> {
  const { access, repository, digest, platform, scratch, env } = request;
  // An empty one: the user's own would make another document.
  const config = join(scratch, "syft.yaml");
  await writeFile(config, "");
  const client = access.client("syft");
  const args = [
    "scan",
    "--quiet",
    `--config=${config}`,
    `--output=spdx-json=${file}`,
    `--source-name=${access.registry}/${repository}`,
    `--source-version=${digest}`,
    ...(platform === undefined ? [] : [`--platform=${platform}`]),
    ...client.args,
    "--",
    `registry:${access.reference(repository, digest)}`,
  ];
  try {
    await execa(releaseTool("syft"), args, {
      cwd: scratch,
      env: { ...withoutSettings(env), ...client.env, SYFT_CHECK_FOR_APP_UPDATE: "false" },
      extendEnv: false,
      stdin: "ignore",
    });
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const [said = error.shortMessage] = lastLines(String(error.stderr ?? ""), 1);
    throw failure(request, said);
  }
}

/** Who may read the registry may be said in syft's own variables; the rest changes the document. */
function withoutSettings(env: Environment): Record<string, string> {
  const entries = Object.entries(env).flatMap(([name, value]) =>
    value === undefined || (name.startsWith("SYFT_") && !name.startsWith("SYFT_REGISTRY_AUTH_"))
      ? []
      : [[name, value] as const],
  );
  return Object.fromEntries(entries);
}

function failure({ access, repository, digest }: SbomRequest, reason: string): SlipwayError {
  return new SlipwayError({
    code: "attestation",
    message: `no SBOM of ${access.registry}/${repository}@${digest}: ${reason}; may this user read the registry (az acr login)? Then run the command again`,
  });
}

interface SpdxDocument {
  creationInfo?: unknown;
  creators?: unknown;
}

function toolOf(creationInfo: object): string {
  const { creators } = objectOf(creationInfo);
  const tools = Array.isArray(creators) ? creators.filter((each) => typeof each === "string") : [];
  return tools.find((each) => each.startsWith("Tool: "))?.slice("Tool: ".length) ?? "syft";
}

function objectOf(value: unknown): SpdxDocument {
  return typeof value === "object" && value !== null ? value : {};
}
