/** What has to hold of a release once it has ended, however often it was killed on the way. */
import { readdirSync } from "node:fs";
import { parse } from "yaml";
import type { ReleaseDocument } from "../../cli/release/index.ts";
import type { ReleaseWorld } from "../e2e/release/world.ts";
import { client } from "../e2e/release/world.ts";
import { acrRuns } from "./inventory.ts";

interface WrittenRecord {
  source: { commit: string };
  artifact: { digest?: string };
  attestations?: Record<string, string>;
  capsule?: { digest: string };
}

/** @returns a sentence for each that does not: one tag, one build, one digest, one capsule, one whole record */
export async function releaseProblems(
  world: ReleaseWorld,
  { component, version, commit, digest, record }: ReleaseDocument,
): Promise<string[]> {
  const image = `${world.images}/${component}`;
  const tag = `refs/tags/${component}/v${version}`;
  const tagged = await world.source.git("for-each-ref", "--format=%(*objectname)", tag);
  const written: WrittenRecord = parse(world.checkout.read(record));
  const named = await Promise.all(
    [version, `git-${commit}`].map((name) => client(world, "crane", "digest", `${image}:${name}`)),
  );
  const capsule = await client(world, "crane", "digest", `${image}-capsule:git-${commit}`);
  const runs = (await acrRuns(world.arm)).filter(({ outputImages = [] }) =>
    outputImages.some((one) => one.repository === component && one.tag === `git-${commit}`),
  );
  const folder = world.checkout.path(record.replace(/\/[^/]*$/, ""));
  // A lock is an empty folder: git does not see it, and the next writer takes it over.
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  const key = ["--insecure-ignore-tlog", "--allow-http-registry"];
  const verify = [...key, `--key=${world.env.SLIPWAY_VERIFICATION_KEY}`, `${image}@${digest}`];
  const signed = await client(world, "cosign", "verify", ...verify).then(() => [], String);
  return [
    ...(tagged === commit ? [] : [`${tag} stands at ${tagged}, not at ${commit}`]),
    ...(written.source.commit === commit ? [] : [`${record} names ${written.source.commit}`]),
    ...(written.artifact.digest === digest ? [] : [`${record} has ${written.artifact.digest}`]),
    ...(Object.keys(written.attestations ?? {}).length === 3 ? [] : [`${record} is not attested`]),
    ...(written.capsule?.digest === capsule ? [] : [`${record} has not the capsule ${capsule}`]),
    ...named.flatMap((found) => (found === digest ? [] : [`a tag names ${found}, not ${digest}`])),
    ...(runs.length === 1 ? [] : [`${component}@${version} was built ${runs.length} times`]),
    ...files.flatMap(({ name }) => (name === "release.yaml" ? [] : [`beside it is ${name}`])),
    ...signed,
  ];
}
