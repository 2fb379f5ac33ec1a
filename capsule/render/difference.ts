import { formatPatch, type StructuredPatch, structuredPatch } from "diff";
import { plain } from "../plain.ts";
import { objectOf, readYaml } from "./kustomization.ts";

/** What became of one Kubernetes object. */
export interface ObjectDifference {
  /** `<apiVersion>/<kind>/<namespace>/<name>`, without the namespace where there is none. */
  object: string;
  change: "added" | "removed" | "changed";
  /** Unified, as `diff -u` has it. */
  patch: string;
}

/** Lines of one object that are compared to the end: what it takes grows with their square. */
const MAX_EDITS = 2_000;
const HEADER = { includeIndex: false, includeUnderline: false, includeFileHeaders: true };

/** What differs between two renderings of kustomize, object by object, by name. */
export function renderedDifference(one: Uint8Array, other: Uint8Array): ObjectDifference[] {
  const [before, after] = [objectsOf(one), objectsOf(other)];
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((name) => {
    const [old, now] = [before.get(name) ?? [], after.get(name) ?? []];
    const places = [...(old.length > now.length ? old : now).keys()];
    return places.flatMap((place) => {
      // Names that the cluster makes up can stand twice.
      const object = place === 0 ? name : `${name}#${place + 1}`;
      return differenceOf(object, old[place], now[place]);
    });
  });
}

function differenceOf(
  object: string,
  old: string | undefined,
  now: string | undefined,
): ObjectDifference[] {
  if (old === now) return [];
  const change = old === undefined ? "added" : now === undefined ? "removed" : "changed";
  return [{ object, change, patch: patchOf(object, old, now) }];
}

function patchOf(object: string, old: string | undefined, now: string | undefined): string {
  const oldName = old === undefined ? "/dev/null" : `a/${object}`;
  const newName = now === undefined ? "/dev/null" : `b/${object}`;
  const compared =
    old !== undefined && now !== undefined
      ? structuredPatch(oldName, newName, old, now, undefined, undefined, {
          context: 3,
          maxEditLength: MAX_EDITS,
        })
      : undefined;
  return formatPatch(compared ?? replaced(oldName, newName, old, now), HEADER);
}

/** All of one object for all of another. */
function replaced(
  oldFileName: string,
  newFileName: string,
  old: string | undefined,
  now: string | undefined,
): StructuredPatch {
  const [before, after] = [linesOf(old), linesOf(now)];
  const hunk = {
    oldStart: 1,
    oldLines: before.length,
    newStart: 1,
    newLines: after.length,
    lines: [...before.map((line) => `-${line}`), ...after.map((line) => `+${line}`)],
  };
  return {
    oldFileName,
    newFileName,
    oldHeader: undefined,
    newHeader: undefined,
    hunks: [hunk],
  };
}

function linesOf(document = ""): string[] {
  return document.split("\n").slice(0, -1);
}

/** The documents of a rendering, by the names of their objects. */
function objectsOf(yaml: Uint8Array): Map<string, string[]> {
  const objects = new Map<string, string[]>();
  const text = Buffer.from(yaml).toString("utf8");
  for (const document of text.split(/(?<=^|\n)---\n/).filter((each) => each !== "")) {
    const name = nameOf(document);
    const named = objects.get(name) ?? [];
    named.push(document);
    objects.set(name, named);
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
  const [head] = readYaml(Buffer.from(headOf(document))).documents;
  const { apiVersion, kind, metadata }: KubernetesObject = objectOf(head);
  const { namespace, name, generateName }: Metadata = objectOf(metadata);
  const parts = [apiVersion, kind, namespace, name ?? generateName].filter(
    (part) => typeof part === "string" && part !== "",
  );
  return plain(parts.length === 0 ? "an object without a plain name" : parts.join("/"));
}

/**
 * The lines that name an object: kustomize writes each key on a line of its own, two spaces in for
 * each level. The rest can be of any size, and is no name.
 */
function headOf(document: string): string {
  let [isMetadata, isHead] = [false, false];
  const head = document.split("\n").filter((line) => {
    if (/^[^ ]/.test(line)) {
      isMetadata = line.startsWith("metadata:");
      isHead = /^(?:apiVersion|kind|metadata):/.test(line);
    } else if (isMetadata && /^ {2}[^ ]/.test(line)) {
      isHead = /^ {2}(?:namespace|name|generateName):/.test(line);
    }
    return isHead;
  });
  return head.join("\n");
}
