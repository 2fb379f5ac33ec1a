import { releaseIn } from "../../attest/provenance.ts";
import {
  PROVENANCE,
  provenanceSources,
  readStatement,
  type Statement,
} from "../../attest/statement.ts";
import type { CapsuleRelease } from "../release-text.ts";
import { JsonProblem, parseStrictly } from "./json.ts";
import { isSameRepository, repositoryIn } from "./repository-url.ts";
import { difference, judged, refused } from "./result.ts";
import type { Result } from "./types.ts";

/**
 * Checks the capsule's in-toto statement: SLSA provenance of the capsule's image, built from the
 * capsule's commit and repository. That it was signed is the business of the image's referrers; here
 * the capsule's own signature stands for it.
 */
export function checkProvenance(content: Uint8Array, release: CapsuleRelease): Result {
  const statement = statementOf(content);
  if (typeof statement === "string") return refused("attestation", statement);
  const { image, source } = release;
  const sources = provenanceSources(statement);
  const commits = sources.map(({ commit }) => commit);
  const built = sources.find(({ commit }) => commit === source.commit);
  return judged(
    "attestation",
    [
      difference("predicate type", statement.predicateType, PROVENANCE, "for provenance"),
      statement.subjects.includes(image.digest)
        ? undefined
        : difference(
            "subject of the provenance",
            statement.subjects.join(", ") || undefined,
            image.digest,
            "as release.yaml has it",
          ),
      built === undefined
        ? difference(
            "commit in the provenance",
            commits.join(", ") || undefined,
            source.commit,
            "as release.yaml has it",
          )
        : isSameRepository(repositoryIn(built.uri ?? ""), source.repository)
          ? undefined
          : difference(
              "repository in the provenance",
              built.uri,
              source.repository,
              "as release.yaml has it",
            ),
      ...releaseDifferences(statement, release),
    ],
    `its subject is ${image.digest}, built from ${source.commit} of ${source.repository}`,
  );
}

/** Our own provenance names the release; that of another builder need not. */
function releaseDifferences(statement: Statement, { component, version }: CapsuleRelease) {
  const said = releaseIn(statement);
  if (said === undefined) return [];
  const because = "as release.yaml has it";
  return [
    difference("component in the provenance", said.component, component, because),
    difference("version in the provenance", said.version, version, because),
  ];
}

function statementOf(content: Uint8Array): Statement | string {
  try {
    parseStrictly(content);
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error;
    return `found that the provenance ${error.message}, expected one in-toto statement`;
  }
  return (
    readStatement(content) ??
    "found provenance that is no in-toto statement, expected one as it was signed"
  );
}
