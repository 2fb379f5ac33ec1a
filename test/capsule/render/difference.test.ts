import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parsePatch } from "diff";
import { describe, expect, it, onTestFinished } from "vitest";
import { renderedDifference } from "../../../capsule/render/index.ts";
import { built, writeTree } from "./trees.ts";

const WEB = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: a\n";
const MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n";
const JOB = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  generateName: once-\n";

describe("renderedDifference", () => {
  it("is nothing for the same objects, in whatever order", () => {
    expect(difference(`${WEB}---\n${MAP}`, `${MAP}---\n${WEB}`)).toEqual([]);
  });

  it("tells each object's change, by name", () => {
    const found = difference(
      `${WEB}spec: {replicas: 1}\n---\n${MAP}`,
      `${WEB}spec: {replicas: 2}\n---\n${JOB}`,
    );
    expect(found.map(({ object, change }) => `${change} ${object}`)).toEqual([
      "changed apps/v1/Deployment/a/web",
      "added batch/v1/Job/once-",
      "removed v1/ConfigMap/settings",
    ]);
    expect(found[0]?.patch).toBe(
      "--- a/apps/v1/Deployment/a/web\n+++ b/apps/v1/Deployment/a/web\n@@ -3,4 +3,4 @@\n metadata:\n   name: web\n   namespace: a\n-spec: {replicas: 1}\n+spec: {replicas: 2}\n",
    );
    expect(found[2]?.patch).toMatch(
      /^--- a\/v1\/ConfigMap\/settings\n\+\+\+ \/dev\/null\n@@ -1,4 \+0,0 @@\n-apiVersion/,
    );
    expect(found[1]?.patch).toMatch(
      /^--- \/dev\/null\n\+\+\+ b\/batch\/v1\/Job\/once-\n@@ -0,0 \+1,4 @@\n/,
    );
  });

  it("keeps objects apart whose names the cluster makes up", () => {
    const found = difference(`${JOB}---\n${JOB}`, JOB);
    expect(found.map(({ object }) => object)).toEqual(["batch/v1/Job/once-#2"]);
  });

  it("names objects as kustomize writes them, whatever they hold", async () => {
    const folder = await mkdtemp(join(tmpdir(), "slipway-difference-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const words = "words ".repeat(30).trim();
    const objects = [
      // What follows is neither an object of its own nor a name.
      { kind: "Map", metadata: { name: "text" }, data: { "a\u2028---\n": "a\n---\n  name: b\n" } },
      { kind: "Map", metadata: { name: "key", annotations: { name: "no" } }, name: "no" },
      { kind: "Map", metadata: { name: "deep" }, spec: nested(200), zero: [] },
      {
        kind: "Map",
        metadata: { name: "large" },
        spec: { name: "no", text: `${words}\n`.repeat(7_000) },
      },
      { kind: "Map", metadata: { name: "noted", annotations: { a: `${words}\n`.repeat(7_000) } } },
      { kind: "Con: fig", metadata: { name: "123", generateName: "no" } },
      { kind: "Map", metadata: { name: words } },
      { kind: "Map", metadata: { name: "a\n--- b\u001b[2J\u202e" } },
      { kind: "Map", metadata: { name: "b", namespace: "" } },
    ];
    const files = objects.map((object, index): [string, string] => [
      `${index}.yaml`,
      JSON.stringify({ apiVersion: "v1", ...object }).replace(/[\u2028\u202e]/g, (each) =>
        each === "\u2028" ? "\\u2028" : "\\u202e",
      ),
    ]);
    const kustomization = `resources: ${JSON.stringify(files.map(([path]) => path))}\n`;
    await writeTree(folder, { ...Object.fromEntries(files), "kustomization.yaml": kustomization });
    const rendered = await built(folder);
    expect(rendered).toContain("\u2028");
    expect(difference(rendered, rendered)).toEqual([]);
    const found = difference("", rendered);
    expect(found.map(({ object }) => object)).toEqual(
      [
        "v1/Con: fig/123",
        "v1/Map/a\\u000a--- b\\u001b[2J\\u202e",
        "v1/Map/b",
        "v1/Map/deep",
        "v1/Map/key",
        "v1/Map/large",
        "v1/Map/noted",
        "v1/Map/text",
        `v1/Map/${words}`,
      ].sort(),
    );
    expect(found.map(({ patch }) => patchedTo(patch)).join("---\n")).toHaveLength(rendered.length);
  });

  it.each([
    ["no YAML", "kind: [\n"],
    ["a tag", "kind: !a b\n"],
    ["a key twice", "kind: A\nkind: B\n"],
    ["no text for a name", "kind: [A]\nmetadata:\n  name:\n    a: b\n"],
    ["nothing of an object", "- a\n"],
  ])("tells of an object that is %s", (_what, text) => {
    const found = difference(`${text}---\n${text}`, `${MAP}---\n${text}`);
    expect(found.map(({ object, change }) => `${change} ${object}`)).toEqual([
      "removed an object without a plain name#2",
      "added v1/ConfigMap/settings",
    ]);
  });

  it("shows every object, also one that has the name of another's second one", () => {
    const taken = JOB.replace("once-", "once-#2");
    const found = difference("", [taken, JOB, JOB].join("---\n"));
    expect(found.map(({ patch }) => patch.split("\n").at(-2))).toEqual([
      "+  generateName: once-",
      "+  generateName: once-",
      "+  generateName: once-#2",
    ]);
    expect(difference(`${JOB}---\n${MAP}`, "").map(({ change }) => change)).toEqual([
      "removed",
      "removed",
    ]);
  });

  it("replaces an object whole that has too many other lines", () => {
    const lines = (count: number, word: string) => `${MAP}${`${word}: a\n`.repeat(count)}`;
    const [few] = difference(lines(1_000, "a"), lines(1_000, "b"));
    expect(few?.patch).toContain("\n metadata:\n   name: settings\n-a: a\n");
    const [many] = difference(lines(1_001, "a"), lines(1_001, "b"));
    expect(many).toMatchObject({ object: "v1/ConfigMap/settings", change: "changed" });
    expect(many?.patch).toMatch(
      /^--- a\/v1.*\n\+\+\+ b\/v1.*\n@@ -1,1005 \+1,1005 @@\n-apiVersion: v1\n/,
    );
    expect(patchedTo(many?.patch)).toBe(lines(1_001, "b"));
  });
});

function difference(one: string, other: string) {
  return renderedDifference(Buffer.from(one), Buffer.from(other));
}

/** What a patch of one hunk, which replaces all there was, leaves. */
function patchedTo(patch = ""): string {
  const [hunk, ...more] = parsePatch(patch)[0]?.hunks ?? [];
  expect(more).toEqual([]);
  const lines = hunk?.lines.filter((line) => line.startsWith("+")) ?? [];
  return lines.map((line) => `${line.slice(1)}\n`).join("");
}

function nested(levels: number): unknown {
  return levels === 0 ? "end" : [{ name: "no", a: nested(levels - 1) }];
}
