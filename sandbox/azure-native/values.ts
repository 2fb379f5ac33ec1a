/** A property value as it travels between engine and provider. */
export type Value = null | boolean | number | string | Value[] | PropertyMap;
export interface PropertyMap {
  [name: string]: Value;
}
export type PropertyPath = readonly (string | number)[];

/** Stands for a value that is not known before an update; `unknownValue` of `@pulumi/pulumi`. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export function isObject(value: unknown): value is PropertyMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Deep equality of plain values. */
export function equal(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => equal(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && equal(a[name], b[name]))
  );
}

/**
 * Turns a result of an SDK into plain values: dates become ISO strings, bytes base64, and what is
 * undefined or null goes, as it does in the official provider's state.
 */
export function fromModel(model: unknown): Value | undefined {
  if (model === undefined || model === null || typeof model === "function") return undefined;
  if (model instanceof Date) return model.toISOString();
  if (model instanceof Uint8Array) return Buffer.from(model).toString("base64");
  if (Array.isArray(model)) return model.map((item) => fromModel(item) ?? null);
  if (typeof model === "object") {
    const result: PropertyMap = {};
    for (const [name, value] of Object.entries(model)) {
      const plain = fromModel(value);
      if (plain !== undefined) result[name] = plain;
    }
    return result;
  }
  return model as boolean | number | string;
}

/** Drops nulls, which a program writes for "not set". */
export function withoutNulls(value: PropertyMap): PropertyMap {
  return (fromModel(value) ?? {}) as PropertyMap;
}

/** Writes a path as the engine reads it back from a detailed diff: `a.b[0]["c.d"]`. */
export function formatPath(path: PropertyPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    if (/[.[\]"]/.test(part)) return `${text}["${part.replaceAll('"', '\\"')}"]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");
}
