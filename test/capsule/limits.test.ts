import { expect, it } from "vitest";
import { sha256 } from "../../builds/digest.ts";
import { PART_MAX_BYTES, type PartName } from "../../capsule/limits.ts";
import { readWhole, sourceOf } from "../../capsule/registry/index.ts";
import type { CapsuleSource } from "../../capsule/source.ts";
import { sampleCapsule } from "./sample.ts";

const AT: readonly PartName[] = ["package", "release", "provenance", "sbom"];

it.each(AT)("reads no capsule whose %s is larger than who verifies would take", async (name) => {
  const capsule = await sampleCapsule();
  const manifest = JSON.parse(Buffer.from(capsule.manifest).toString("utf8"));
  manifest.layers[AT.indexOf(name)].size = PART_MAX_BYTES[name] + 1;
  const content = Buffer.from(JSON.stringify(manifest));
  const asked: string[] = [];
  const whole = sourceOf(capsule, "memory");
  const source: CapsuleSource = {
    ...whole,
    manifest: async () => ({ digest: sha256(content), content }),
    blob(descriptor) {
      asked.push(descriptor.digest);
      return whole.blob(descriptor);
    },
  };
  await expect(readWhole(source)).rejects.toMatchObject({
    code: "capsule-invalid",
    message: expect.stringContaining(`expected at most ${PART_MAX_BYTES[name]}`),
  });
  expect(asked).not.toContain(manifest.layers[AT.indexOf(name)].digest);
});
