import { SlipwayError } from "../schemas/problem.ts";

/** A release as users name it. */
export interface ReleaseName {
  component: string;
  version: string;
}

/**
 * @param text `<component>@<version>`
 * @throws SlipwayError with code `usage`
 */
export function parseRelease(text: string): ReleaseName {
  const { component, version } = partsOf(text) ?? {};
  if (component !== undefined && version !== undefined) return { component, version };
  throw malformed(text, "<component>@<version>");
}

/**
 * @param text `<component>[@<version>]`
 * @throws SlipwayError with code `usage`
 */
export function parseAnyRelease(text: string): Pick<ReleaseName, "component"> & {
  version: string | undefined;
} {
  const parts = partsOf(text);
  if (parts !== undefined) return parts;
  throw malformed(text, "<component>[@<version>]");
}

function partsOf(text: string) {
  const [component = "", version, ...more] = text.split("@");
  const isWell = component !== "" && version !== "" && more.length === 0;
  return isWell ? { component, version } : undefined;
}

function malformed(text: string, expected: string): SlipwayError {
  return new SlipwayError({
    code: "usage",
    message: `${JSON.stringify(text)} is not ${expected}, e.g. orbit-webapp@1.5.0`,
  });
}
