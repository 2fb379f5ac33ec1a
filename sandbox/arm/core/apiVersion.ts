import { badRequest } from "./errors.ts";
import type { ResourceType } from "./resourceType.ts";

const FORM = /^20\d\d-\d\d-\d\d(-preview)?$/;

/**
 * @param type undefined for paths that ARM answers itself, which take any well-formed version
 * @throws ArmError 400 for a version that is missing, malformed or not one of the type's
 */
export function checkApiVersion(type: ResourceType | undefined, version: string | null): string {
  if (version === null || version === "") {
    throw badRequest(
      "MissingApiVersionParameter",
      "The api-version query parameter (?api-version=) is required for all requests.",
    );
  }
  const known = type?.apiVersions ?? [];
  if (known.length === 0) {
    if (FORM.test(version)) return version;
    throw badRequest("InvalidApiVersionParameter", `The api-version '${version}' is invalid.`);
  }
  if (known.includes(version)) return version;
  const [namespace = "", ...rest] = (type?.type ?? "").split("/");
  throw badRequest(
    "NoRegisteredProviderFound",
    `No registered resource provider found for location 'westeurope' and API version '${version}' for type '${rest.join("/")}'. The supported api-versions are '${known.join(", ")}'. The supported locations are 'westeurope'. (${namespace})`,
  );
}
