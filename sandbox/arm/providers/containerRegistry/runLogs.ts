import { appendFileSync, mkdirSync } from "node:fs";
import path from "node:path";
import type { Services } from "../../core/resourceType.ts";
import type { ResourceRecord } from "../../core/store.ts";

/** Where logs are served: `/_logs/<registry>/<run>/rawtext.log`, without a token but signed for an hour. */
export const LOG_PREFIX = "/_logs/";

const VALID_MS = 3_600_000;

/** The signed address of a run's log. */
export function logUrl(services: Services, run: ResourceRecord): string {
  const { registry, runId } = namesOf(run.id);
  const expires = String(Date.now() + VALID_MS);
  const place = `${LOG_PREFIX}${registry}/${runId}/rawtext.log`;
  const signature = services.vault.sign(`${place}\n${expires}`);
  return `${services.endpoint}${place}?se=${expires}&sig=${signature}`;
}

/** The run that a log's address is for, when its signature is right and not expired. */
export function signedLog(
  services: Pick<Services, "vault">,
  place: string,
  query: URLSearchParams,
): { registry: string; runId: string } | undefined {
  const match = /^\/_logs\/([a-z0-9]+)\/([a-z0-9]+)\/rawtext\.log$/.exec(place);
  const expires = query.get("se") ?? "";
  const good = services.vault.sign(`${place}\n${expires}`) === query.get("sig");
  if (match?.[1] === undefined || match[2] === undefined || !good) return undefined;
  return Number(expires) > Date.now() ? { registry: match[1], runId: match[2] } : undefined;
}

/** File of a run's log; the folder is made. */
export function logFile(stateDir: string, registry: string, runId: string): string {
  const folder = path.join(stateDir, "logs", registry);
  mkdirSync(folder, { recursive: true });
  return path.join(folder, `${runId}.log`);
}

/** @returns a function that adds to the log of a run */
export function logWriter(stateDir: string, runResourceId: string): (chunk: string) => void {
  const { registry, runId } = namesOf(runResourceId);
  const file = logFile(stateDir, registry, runId);
  return (chunk) => appendFileSync(file, chunk);
}

function namesOf(runResourceId: string): { registry: string; runId: string } {
  const segments = runResourceId.toLowerCase().split("/");
  return { registry: segments[8] ?? "", runId: segments[10] ?? "" };
}
