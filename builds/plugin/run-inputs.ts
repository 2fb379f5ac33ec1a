import type { CheckFailure, DiffResult } from "@pulumi/pulumi/provider/provider.js";
import {
  checkProperties,
  diffProperties,
  isUnknown,
  type Properties,
  type PropertyRule,
  RELEASE_RULES,
} from "./properties.ts";
import type { ReleaseImage } from "./release-image.ts";

/** The inputs of a `slipway:acr:Run`, checked. */
export interface RunInputs extends ReleaseImage {
  taskName: string;
  context: string;
  created: string;
  source: string;
  latest: boolean;
}

/** What a run's state holds besides its inputs. */
export interface RunOutputs {
  runId: string;
  digest: string;
  size: number;
  mediaType: string;
  adopted: boolean;
}

const RULES: Readonly<Record<string, PropertyRule>> = {
  ...RELEASE_RULES,
  taskName: { pattern: /^[A-Za-z0-9_-]{5,50}$/, expected: "5 to 50 letters, digits, - or _" },
  context: {
    pattern: /^https:\/\/\S+\.git#[0-9a-f]{40}(:\S+)?$/,
    expected: "https://<host>/<path>.git#<commit>:<folder>",
  },
  created: { pattern: /^\d{4}-\d\d-\d\dT\S+$/, expected: "an RFC 3339 time" },
  source: { pattern: /^https:\/\/[^\s$'"`\\{}]+$/, expected: "an https URL" },
};
/** Inputs that say which image it is; a change of any other leaves the image as it is (S-2). */
const IDENTITY = ["registryId", "image", "component", "version", "commit", "context"];

/** All that is wrong with the inputs; what is not known yet is taken as right. */
export function checkRunInputs({ latest, ...inputs }: Properties): CheckFailure[] {
  const failures = checkProperties(inputs, RULES);
  if (typeof latest !== "boolean") {
    failures.push({ property: "latest", reason: "expected true or false" });
  }
  const { commit, context } = inputs;
  if (failures.length === 0 && !isUnknown(commit) && !isUnknown(context)) {
    if (!String(context).includes(`#${commit}`)) {
      failures.push({ property: "context", reason: `it is not pinned to the commit ${commit}` });
    }
  }
  return failures;
}

/** The checked inputs, as the engine sends them back. */
export function asRunInputs(properties: Properties): RunInputs {
  const text = (name: string) => String(properties[name]);
  return {
    registryId: text("registryId"),
    taskName: text("taskName"),
    component: text("component"),
    version: text("version"),
    commit: text("commit"),
    context: text("context"),
    image: text("image"),
    created: text("created"),
    source: text("source"),
    latest: properties.latest === true,
    ...(properties.expectedDigest === undefined ? {} : { expectedDigest: text("expectedDigest") }),
  };
}

/** A change of image replaces; anything else is no change at all. */
export function diffRun(state: Properties, inputs: Properties): DiffResult {
  return diffProperties(state, inputs, IDENTITY);
}
