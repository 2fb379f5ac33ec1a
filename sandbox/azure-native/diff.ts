import { equal, isObject, type PropertyMap, type PropertyPath, type Value } from "./values.ts";

export interface Change {
  path: PropertyPath;
  kind: "add" | "delete" | "update";
}

/** Every difference between two property maps, at its deepest path; lists are compared by index. */
export function changesBetween(before: PropertyMap, after: PropertyMap): Change[] {
  const changes: Change[] = [];
  collectObject(before, after, [], changes);
  return changes;
}

/**
 * Carries over to a resource's inputs what changed in Azure since its outputs were last read.
 *
 * A service fills in defaults and keeps secrets to itself, so inputs can't be read back. What can be
 * read is the difference between the old outputs and the new ones; only that difference is applied.
 *
 * @param inputs the inputs in the state
 * @param before the outputs in the state, reduced to properties that are inputs too
 * @param after the outputs just read, reduced likewise
 */
export function applyDrift(
  inputs: PropertyMap,
  before: PropertyMap,
  after: PropertyMap,
): PropertyMap {
  const result: PropertyMap = {};
  for (const [name, value] of Object.entries(inputs)) {
    if (name in before && !(name in after)) continue;
    result[name] = value;
  }
  for (const [name, value] of Object.entries(after)) {
    const old = before[name];
    if (equal(old, value)) continue;
    const input = result[name];
    result[name] = input === undefined || old === undefined ? value : drifted(input, old, value);
  }
  return result;
}

function drifted(input: Value, before: Value, after: Value): Value {
  if (isObject(input) && isObject(before) && isObject(after))
    return applyDrift(input, before, after);
  if (!Array.isArray(input) || !Array.isArray(before) || !Array.isArray(after)) return after;
  return after.map((item, index) => {
    // Lists of named things are matched by name: by index, a secret taken out in Azure would hand
    // its value to the one after it.
    const inputItem = counterpart(input, item, index);
    const beforeItem = counterpart(before, item, index);
    if (inputItem === undefined || beforeItem === undefined) return item;
    return equal(beforeItem, item) ? inputItem : drifted(inputItem, beforeItem, item);
  });
}

function counterpart(list: Value[], item: Value, index: number): Value | undefined {
  const name = isObject(item) ? item.name : undefined;
  if (typeof name !== "string") return list[index];
  return list.find((candidate) => isObject(candidate) && candidate.name === name);
}

function collectObject(
  before: PropertyMap,
  after: PropertyMap,
  path: PropertyPath,
  changes: Change[],
): void {
  for (const name of Object.keys(before)) {
    if (!(name in after)) changes.push({ path: [...path, name], kind: "delete" });
  }
  for (const [name, value] of Object.entries(after)) {
    const old = before[name];
    if (old === undefined) changes.push({ path: [...path, name], kind: "add" });
    else collectValue(old, value, [...path, name], changes);
  }
}

function collectValue(before: Value, after: Value, path: PropertyPath, changes: Change[]): void {
  if (isObject(before) && isObject(after)) collectObject(before, after, path, changes);
  else if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    for (let index = 0; index < length; index++) {
      const [old, value] = [before[index], after[index]];
      if (old === undefined) changes.push({ path: [...path, index], kind: "add" });
      else if (value === undefined) changes.push({ path: [...path, index], kind: "delete" });
      else collectValue(old, value, [...path, index], changes);
    }
  } else if (!equal(before, after)) changes.push({ path, kind: "update" });
}
