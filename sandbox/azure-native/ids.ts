import { createHash, type Hash } from "node:crypto";
import type { PathParameters, ResourceType } from "./resource-type.ts";
import { type PropertyMap, UNKNOWN } from "./values.ts";

const PARAMETER = /\{(\w+)\}/g;

/** Names of the inputs that make up a resource's path; changing one replaces the resource. */
export function pathInputs(type: ResourceType): string[] {
  return parameters(type).filter((name) => name !== "subscriptionId");
}

/** The input that names the resource itself: the last parameter of its path. */
export function nameInput(type: ResourceType): string {
  const name = parameters(type).at(-1);
  if (!name) throw new Error(`${type.token}: the path has no parameter`);
  return name;
}

/**
 * @returns the resource's ARM id and its path's parameters
 * @throws when a parameter is missing or not yet known
 */
export function idFromInputs(
  type: ResourceType,
  inputs: PropertyMap,
  subscriptionId: string,
): { id: string; path: PathParameters } {
  const path: Record<string, string> = { subscriptionId };
  for (const name of pathInputs(type)) {
    const value = inputs[name];
    if (typeof value !== "string" || value === UNKNOWN) {
      throw new Error(`'${name}' has no value to build the resource's id from`);
    }
    path[name] = name === "scope" ? value.replace(/^\/+/, "") : value;
  }
  return { id: type.path.replace(PARAMETER, (_, name: string) => path[name] ?? ""), path };
}

/**
 * The reverse of {@link idFromInputs}; ARM's ids are compared without regard to case.
 *
 * @throws when the id is not one of this type
 */
export function pathFromId(type: ResourceType, id: string): PathParameters {
  const literal = type.path.replace(PARAMETER, "\u0000").replace(/[.*+?^$()|[\]\\]/g, "\\$&");
  const names = parameters(type);
  let index = 0;
  const pattern = literal.replaceAll("\u0000", () =>
    names[index++] === "scope" ? "(.+)" : "([^/]+)",
  );
  const match = new RegExp(`^${pattern}$`, "i").exec(id);
  if (!match) throw new Error(`'${id}' is not an id of ${type.token}, which are ${type.path}`);
  return Object.fromEntries(names.map((name, at) => [name, match[at + 1] ?? ""]));
}

/** The inputs that an imported resource's id tells. */
export function inputsFromId(type: ResourceType, id: string): PropertyMap {
  const path = pathFromId(type, id);
  return Object.fromEntries(
    pathInputs(type).map((name) => [
      name,
      name === "scope" ? `/${path[name]}` : (path[name] ?? ""),
    ]),
  );
}

/**
 * Name of a resource whose program names none. Drawn from the engine's seed, so that preview and
 * update agree.
 */
export function automaticName(type: ResourceType, logicalName: string, seed: Uint8Array): string {
  if (type.autoname === "copy") return logicalName;
  const hash = digest(seed, logicalName).digest("hex");
  if (type.autoname === "random") return `${logicalName}${hash.slice(0, 8)}`;
  const variant = ((Number.parseInt(hash.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `4${hash.slice(13, 16)}`,
    `${variant}${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join("-");
}

function digest(seed: Uint8Array, logicalName: string): Hash {
  return createHash("sha256").update(seed).update("\0").update(logicalName);
}

function parameters(type: ResourceType): string[] {
  return [...type.path.matchAll(PARAMETER)].map(([, name]) => name ?? "");
}
