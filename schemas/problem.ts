/** What kind of thing is wrong; stable, part of the public contract of `--json` (S-15). */
export type ProblemCode =
  // documents
  | "file-missing"
  | "file-too-large"
  | "yaml-syntax"
  | "yaml-duplicate-key"
  | "yaml-aliases"
  | "unquoted-date"
  | "schema"
  | "schema-key" // a `$schema` key inside a data file (D-04)
  | "file-locked"
  // catalogue, records, matrix
  | "unknown-component"
  | "unknown-repository"
  | "unknown-app"
  | "version-scheme"
  | "version-unrecorded"
  | "record-misplaced"
  | "record-mismatch"
  | "record-conflict"
  | "key-order"
  | "record-not-deployable"
  | "record-pending"
  | "catalogue-rule"
  | "build-argument"
  | "compatibility"
  | "yanked"
  | "version-taken"
  | "version-order" // lower than a release that the commit contains
  // solutions, environments, stacks
  | "solution-id"
  | "solution-duplicate"
  | "solution-collision"
  | "solution-moved"
  | "solution-removed"
  | "solution-state"
  | "unknown-solution"
  | "unknown-environment"
  | "environment-rule"
  | "unknown-cell"
  | "cell-full"
  | "unknown-stack"
  | "stack-config"
  | "share-quota"
  // the world
  | "tag-moved"
  | "tag-missing"
  | "repository-unreachable"
  | "branch-missing"
  | "source-path" // a component's folder that is none, or a link that leads out of it
  | "tag-conflict"
  | "push-refused"
  | "version-none" // nothing to release
  | "commit-unreachable" // from no branch that releases are cut from
  | "release-locked"
  | "registry-unreachable"
  | "registry-denied" // 401, 403
  | "registry-busy" // 429
  | "registry-missing" // 404
  | "registry-answer" // not what the specification asks for
  | "registry-login" // Docker's config.json or a credential helper
  | "tag-taken"
  | "file-unwritten"
  | "output-exists" // what is written whole, where something is already
  | "train-rule"
  | "capsule-invalid"
  | "capsule-identity" // parts of a capsule that name different releases
  | "freight" // a Kargo Freight that is none, or names something else
  | "overlay" // --overlay that is no folder of files
  | "render-reference" // a kustomization that leads out of its tree, or runs something
  | "render-failed" // kustomize refuses what it is to build
  | "artifact-rule" // what is at a commit cannot be released as its kind
  | "build-failed"
  | "digest-changed"
  | "image-missing"
  | "capsule-missing"
  | "signing-key" // SLIPWAY_SIGNING_KEY, SLIPWAY_VERIFICATION_KEY
  | "attestation" // an SBOM or provenance that cannot be made, or does not hold
  | "signature-invalid"
  | "endpoint-map" // SLIPWAY_ENDPOINTS (S-4)
  | "engine"
  | "engine-locked"
  | "tool-missing"
  | "sandbox"
  | "already-exists"
  | "usage"
  | "internal";

/** One thing that is wrong, where it stands, and what to do about it. */
export interface Problem {
  code: ProblemCode;
  /** Path relative to the root of the checkout, with `/`; absent where the problem is in no file. */
  file?: string;
  /** 1-based line in `file`. */
  line?: number;
  /** Path inside the document, e.g. `solutions[3].id`. */
  path?: string;
  /** What was found, what was expected, and the next command or edit. One line. */
  message: string;
}

/** Collects problems, so that a reader can report all of them at once. */
export type Report = (problem: Problem) => void;

/** The one error class: what kept something from being done, with every problem found. */
export class SlipwayError extends Error {
  readonly code: ProblemCode;
  readonly problems: readonly Problem[];

  constructor(problems: Problem | readonly Problem[], options?: ErrorOptions) {
    const list: readonly Problem[] = "code" in problems ? [problems] : problems;
    super(list.map(formatProblem).join("\n"), options);
    this.name = "SlipwayError";
    this.code = list[0]?.code ?? "internal";
    this.problems = list;
  }
}

/** `file:line: path: message`, leaving out what the problem does not have. */
export function formatProblem(problem: Problem): string {
  const where =
    problem.file === undefined
      ? []
      : [problem.line === undefined ? problem.file : `${problem.file}:${problem.line}`];
  const path = problem.path === undefined || problem.path === "" ? [] : [problem.path];
  return [...where, ...path, problem.message].join(": ");
}
