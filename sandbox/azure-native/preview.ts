import type { ResourceType } from "./resource-type.ts";
import { describe } from "./schemas.ts";
import { type PropertyMap, UNKNOWN } from "./values.ts";

/** Outputs that no update changes, so that a preview may pass them on. */
const STABLE_OUTPUTS = ["name", "location"];

/**
 * Outputs as far as a preview knows them: what is an input, and on an update what never changes. All
 * others are unknown.
 */
export function previewOutputs(
  type: ResourceType,
  inputs: PropertyMap,
  old?: PropertyMap,
): PropertyMap {
  const outputs: PropertyMap = {};
  for (const name of describe(type.token).outputs) outputs[name] = inputs[name] ?? UNKNOWN;
  for (const name of STABLE_OUTPUTS) {
    const value = old?.[name];
    if (value !== undefined) outputs[name] = value;
  }
  return outputs;
}
