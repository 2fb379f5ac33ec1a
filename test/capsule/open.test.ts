import { expect, it } from "vitest";
import { sha256 } from "../../builds/digest.ts";
import { openCapsule } from "../../capsule/open.ts";
import { sourceOf } from "../../capsule/registry/index.ts";
import { sampleCapsule } from "./sample.ts";

it("shows what a manifest has of a terminal's commands, and never repeats it", async () => {
  const capsule = await sampleCapsule();
  const text = Buffer.from(capsule.manifest).toString("utf8");
  const key = JSON.stringify("\u009b2J\u202e");
  const content = Buffer.from(text.replace(/}$/, `,${key}:0}`));
  const source = {
    ...sourceOf(capsule, "memory"),
    manifest: async () => ({ digest: sha256(content), content }),
  };
  await expect(openCapsule(source)).rejects.toMatchObject({
    code: "capsule-invalid",
    message: expect.stringContaining("memory: manifest/\\u009b2J\\u202e: found an unknown key"),
  });
});
