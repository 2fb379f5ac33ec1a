import { expect, it } from "vitest";
import { manifestsOf } from "../../releasing/remote/manifest.ts";
import { record } from "./next-fixture.ts";

const DIGEST = `sha256:${"d".repeat(64)}`;
const COMMIT = "c".repeat(40);

it.each([
  ["a signed release", { signature: DIGEST }, /capsule push <dir> --sign$/],
  ["one that is not signed", {}, /capsule push <dir>$/],
])("says how the capsule of %s is made again", (_, attestations, says) => {
  const artifact = {
    registry: "slipwaydev.azurecr.io",
    repository: "app",
    tag: "1",
    digest: DIGEST,
  };
  const capsule = { repository: "app-capsule", tag: `git-${COMMIT}`, digest: DIGEST };
  const released = record("1.0.0", COMMIT, { artifact, attestations, capsule });
  expect(manifestsOf(released, artifact).capsule?.restore).toMatch(says);
});
