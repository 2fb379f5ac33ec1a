import { describe, expect, it } from "vitest";
import { renderedDifference } from "../../../capsule/render/index.ts";

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
    expect(found[1]?.patch).toMatch(
      /^--- \/dev\/null\n\+\+\+ b\/batch\/v1\/Job\/once-\n@@ -0,0 \+1,4 @@\n/,
    );
  });

  it("keeps objects apart whose names the cluster makes up", () => {
    const found = difference(`${JOB}---\n${JOB}`, JOB);
    expect(found.map(({ object }) => object)).toEqual(["batch/v1/Job/once-#2"]);
  });
});

function difference(one: string, other: string) {
  return renderedDifference(Buffer.from(one), Buffer.from(other));
}
