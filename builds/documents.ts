/** Documents of a registry, which come from outside: nothing in them is known until it is looked at. */

/** The parts of manifests, indexes, descriptors and configs that are read anywhere. */
export interface OciDocument {
  annotations?: unknown;
  architecture?: unknown;
  artifactType?: unknown;
  config?: unknown;
  digest?: unknown;
  Labels?: unknown;
  layers?: unknown;
  manifests?: unknown;
  mediaType?: unknown;
  os?: unknown;
  platform?: unknown;
  size?: unknown;
  subject?: unknown;
  urls?: unknown;
  variant?: unknown;
}

/**
 * @param content JSON
 * @throws SyntaxError
 */
export function parseDocument(content: Uint8Array): OciDocument {
  return objectOf(JSON.parse(Buffer.from(content).toString("utf8")));
}

/** As `parseDocument`, for what anybody may have attached: an empty one where it is no JSON. */
export function parseAny(content: Uint8Array): OciDocument {
  try {
    return parseDocument(content);
  } catch {
    return {};
  }
}

/** The value itself where it is an object, an empty one where it is none. */
export function objectOf(value: unknown): OciDocument {
  return typeof value === "object" && value !== null ? value : {};
}

/** Of a manifest or a descriptor; undefined where it has no such annotation, or one that is no text. */
export function annotationOf({ annotations }: OciDocument, key: string): string | undefined {
  return textsIn(annotations)[key];
}

/** The entries of a map that are text. */
export function textsIn(map: unknown): Record<string, string> {
  const entries = Object.entries(objectOf(map));
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
