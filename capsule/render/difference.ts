import { createTwoFilesPatch } from "diff";
import { parseDocument } from "yaml";
import { objectOf } from "./kustomization.ts";

/** What became of one Kubernetes object. */
export interface ObjectDifference {
  /** `<apiVersion>/<kind>/<namespace>/<name>`, without the namespace where there is none. */
  object: string;
  change: "added" | "removed" | "changed";
  /** Unified, as `diff -u` has it. */
  patch: string;
}

/** What differs between two renderings, object by object, by name. */
export function renderedDifference(one: Uint8Array, other: Uint8Array): ObjectDifference[] {
  const [before, after] = [objectsOf(one), objectsOf(other)];
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((object): ObjectDifference[] => {
    const [old, now] = [before.get(object), after.get(object)];
    if (old === now) return [];
    const patch = createTwoFilesPatch(
      old === undefined ? "/dev/null" : `a/${object}`,
      now === undefined ? "/dev/null" : `b/${object}`,
      old ?? "",
      now ?? "",
      undefined,
      undefined,
      {
        context: 3,
        headerOptions: { includeIndex: false, includeUnderline: false, includeFileHeaders: true },
      },
    );
    const change = old === undefined ? "added" : now === undefined ? "removed" : "changed";
    return [{ object, change, patch }];
  });
}

/** The documents of a rendering, by the names of their objects. */
function objectsOf(yaml: Uint8Array): Map<string, string> {
  const objects = new Map<string, string>();
  const text = Buffer.from(yaml).toString("utf8");
  for (const document of text.split(/^---\n/m).filter((each) => each.trim() !== "")) {
    const name = nameOf(document);
    // Names that the cluster makes up can stand twice.
    let key = name;
    for (let count = 2; objects.has(key); count += 1) key = `${name}#${count}`;
    objects.set(key, document);
  }
  return objects;
}

interface KubernetesObject {
  apiVersion?: unknown;
  kind?: unknown;
  metadata?: unknown;
}

interface Metadata {
  namespace?: unknown;
  name?: unknown;
  generateName?: unknown;
}

function nameOf(document: string): string {
  const { apiVersion, kind, metadata }: KubernetesObject = objectOf(parseDocument(document).toJS());
  const { namespace, name, generateName }: Metadata = objectOf(metadata);
  return [apiVersion, kind, namespace, name ?? generateName]
    .filter((part) => part !== undefined && part !== null && part !== "")
    .join("/");
}
