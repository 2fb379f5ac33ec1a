import { badRequest } from "../../core/errors.ts";
import type { ResourceRecord } from "../../core/store.ts";
import type { Configuration, TrafficWeight } from "./appTypes.ts";

/** All traffic to the newest revision: what an app has that says nothing else. */
export const ALL_TO_LATEST: TrafficWeight[] = [{ weight: 100, latestRevision: true }];

/**
 * Checks a traffic list, which replaces the one before (https://github.com/microsoft/azure-container-apps/issues/962).
 * @param revisions those that exist
 * @param created name of the revision that this same request makes, if it makes one
 * @throws ArmError 400
 */
export function checkTraffic(
  configuration: Configuration,
  revisions: ResourceRecord[],
  created: string | undefined,
): void {
  const traffic = configuration.ingress?.traffic ?? [];
  if (traffic.length === 0) return;
  const sum = traffic.reduce((total, entry) => total + (entry.weight ?? 0), 0);
  if (sum !== 100 || traffic.some(({ weight = 0 }) => weight < 0)) {
    throw badRequest(
      "ContainerAppInvalidTrafficWeight",
      `Traffic weights must be 0 to 100 and add up to 100, got ${sum}.`,
      "configuration.ingress.traffic",
    );
  }
  const single = (configuration.activeRevisionsMode ?? "Single") === "Single";
  for (const entry of traffic) checkEntry(entry, revisions, created, single);
}

/** Share of the traffic that a revision gets, in percent. */
export function weightOf(
  revisionName: string,
  latestReady: string | undefined,
  traffic: readonly TrafficWeight[],
): number {
  return traffic
    .filter((entry) =>
      entry.latestRevision === true
        ? revisionName === latestReady
        : entry.revisionName === revisionName,
    )
    .reduce((sum, entry) => sum + (entry.weight ?? 0), 0);
}

function checkEntry(
  entry: TrafficWeight,
  revisions: ResourceRecord[],
  created: string | undefined,
  single: boolean,
): void {
  const { revisionName, latestRevision, weight = 0 } = entry;
  if ((revisionName === undefined) === (latestRevision !== true)) {
    throw badRequest(
      "ContainerAppInvalidTraffic",
      "A traffic entry has either revisionName or latestRevision: true.",
      "configuration.ingress.traffic",
    );
  }
  if (revisionName === undefined) return;
  if (single) {
    throw badRequest(
      "ContainerAppInvalidTraffic",
      `Traffic to the revision '${revisionName}' needs activeRevisionsMode Multiple; in Single mode all of it goes to the latest.`,
      "configuration.ingress.traffic",
    );
  }
  // The blue-green template names the revision of the same request at weight 0; more is not documented.
  if (revisionName === created && weight === 0) return;
  const revision = revisions.find((known) => known.name === revisionName);
  if (revision === undefined) {
    throw badRequest(
      "RevisionNotFound",
      revisionName === created
        ? `The revision '${revisionName}' is made by this request and can take traffic only once it is ready.`
        : `The revision '${revisionName}' of the traffic list does not exist.`,
      "configuration.ingress.traffic",
    );
  }
  if (weight > 0 && revision.properties.active !== true) {
    throw badRequest(
      "RevisionNotActive",
      `The revision '${revisionName}' of the traffic list is not active.`,
      "configuration.ingress.traffic",
    );
  }
}
