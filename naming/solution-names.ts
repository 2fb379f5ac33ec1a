import { createHash } from "node:crypto";
import { SlipwayError } from "../schemas/problem.ts";

/** The Azure names of one solution (D-10). Its bash twin is `azure_names` in `azure-names.sh`. */
export interface AzureNames {
  /** First 12 hex digits of `sha256(utf8(id))`. */
  hash: string;
  /** Container apps of the default catalogue; `appName` gives those of any other app. */
  apps: { orbit: string; agent: string; mc: string };
  /** File shares; readable, because a share name may have 63 characters. */
  shares: { customer: string; internal: string };
  /** Storages of the managed environment, hashed: Azure allows them 32 characters. */
  storages: { customer_rw: string; customer_ro: string; internal_rw: string };
}

/** What the twins print for an id, one line of JSON each. */
export interface NamedSolution extends AzureNames {
  solution_id: string;
}

/** Longest id: with `-customer` behind it a share name of Azure's 63 characters is full (D-12). */
const MAX_ID_LENGTH = 54;

/**
 * @param solutionId 1 to 54 characters of a-z, 0-9 and single inner dashes (D-12)
 * @throws SlipwayError with code `solution-id`
 */
export function azureNames(solutionId: string): AzureNames {
  const problem = solutionIdProblem(solutionId);
  if (problem !== undefined) {
    throw new SlipwayError({
      code: "solution-id",
      message: `solution id ${JSON.stringify(solutionId)} ${problem}`,
    });
  }
  const hash = solutionHash(solutionId);
  return {
    hash,
    apps: {
      orbit: appName("orbit", hash),
      agent: appName("agent", hash),
      mc: appName("mc", hash),
    },
    shares: { customer: `${solutionId}-customer`, internal: `${solutionId}-internal` },
    storages: {
      customer_rw: `customer-rw-${hash}`,
      customer_ro: `customer-ro-${hash}`,
      internal_rw: `internal-rw-${hash}`,
    },
  };
}

/** Name of a container app: `<app>-<hash>`, at most 32 characters for a key of at most 19. */
export function appName(app: string, hash: string): string {
  return `${app}-${hash}`;
}

/** First 12 hex digits of the id's SHA-256. Does not check the id. */
export function solutionHash(solutionId: string): string {
  return createHash("sha256").update(solutionId, "utf8").digest("hex").slice(0, 12);
}

/**
 * Why a text is not a solution id, in the words of the bash twin, fit to follow the id in a
 * sentence; undefined when it is one. The first rule that is broken counts, in the twin's order.
 */
export function solutionIdProblem(solutionId: string): string | undefined {
  if (solutionId === "") return "is empty, expected 1 to 54 characters";
  if (/[^a-z0-9-]/.test(solutionId)) return "has a character other than a-z, 0-9 and dash";
  if (solutionId.startsWith("-")) return "begins with a dash";
  if (solutionId.endsWith("-")) return "ends with a dash";
  if (solutionId.includes("--")) return "has two dashes in a row";
  if (solutionId.length > MAX_ID_LENGTH) {
    return `has ${solutionId.length} characters, expected 1 to 54`;
  }
  return undefined;
}
