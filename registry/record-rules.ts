import type { DocumentPath, ProblemCode } from "../schemas/index.ts";
import type { RecordDocument } from "./document-types.ts";
import { canonicalOrderProblem } from "./record-bytes.ts";
import { capsuleRepository, commitTag, releaseTag } from "./tags.ts";
import type { ArtifactKind, Catalogue, Component, ReleaseRecord } from "./types.ts";
import { versionProblem } from "./versions.ts";

/** A rule that a record breaks, at a path inside it. */
export interface RecordProblem {
  code: ProblemCode;
  path: DocumentPath;
  message: string;
}

/**
 * Rules that tie a record to its path and to the catalogue. History is held to its path, component,
 * scheme and repository only: it stays valid as it was written (D-05).
 */
export function recordProblems(
  record: ReleaseRecord,
  data: RecordDocument,
  catalogue: Catalogue,
): RecordProblem[] {
  const place = placeProblem(record);
  if (place !== undefined) return [place];
  const component = catalogue.components.get(record.component);
  if (component === undefined) {
    return [
      {
        code: "unknown-component",
        path: ["component"],
        message: `found the component "${record.component}", expected one of ${[...catalogue.components.keys()].join(", ")}; add it to releases/catalogue.yaml`,
      },
    ];
  }
  const version = versionProblem(component.scheme, record.version);
  const problems: RecordProblem[] = [];
  if (version !== undefined) {
    problems.push({
      code: "version-scheme",
      path: ["version"],
      message: `found "${record.version}", which ${version}; correct it and the folder's name`,
    });
  }
  problems.push(...repositoryProblems(record, component, catalogue));
  if (record.status === "history") return problems;
  const order = canonicalOrderProblem(data);
  if (order !== undefined) problems.push({ code: "key-order", ...order });
  return [
    ...problems,
    ...sourceProblems(record, component),
    ...artifactProblems(record, component),
  ];
}

/** The path says which release a record is; the record says the same. */
function placeProblem(record: ReleaseRecord): RecordProblem | undefined {
  const [, folder = "", version = ""] = record.file.split("/");
  if (folder !== record.component) {
    return {
      code: "record-misplaced",
      path: ["component"],
      message: `found the component "${record.component}" in the folder ${folder}, expected "${folder}"; correct it or move the record`,
    };
  }
  if (version !== `v${record.version}`) {
    return {
      code: "record-misplaced",
      path: ["version"],
      message: `found the version "${record.version}" in the folder ${version}, expected the folder v${record.version}; correct it or move the record`,
    };
  }
  return undefined;
}

function repositoryProblems(
  record: ReleaseRecord,
  component: Component,
  catalogue: Catalogue,
): RecordProblem[] {
  const { repo } = record.source;
  const path = ["source", "repo"];
  const aliasOf = [...catalogue.repositories.values()].find(({ aliases }) =>
    aliases.includes(repo),
  );
  if (aliasOf === undefined && !catalogue.repositories.has(repo)) {
    return [
      {
        code: "unknown-repository",
        path,
        message: `found the repository "${repo}", expected one of ${[...catalogue.repositories.keys()].join(", ")}; add it to releases/catalogue.yaml`,
      },
    ];
  }
  if (record.status === "history" || repo === component.repository.key) return [];
  const why =
    aliasOf === undefined
      ? `another repository than ${component.name}'s`
      : `a former name, which only history may use`;
  return [
    {
      code: "record-mismatch",
      path,
      message: `found "${repo}", ${why}, expected "${component.repository.key}"; correct it`,
    },
  ];
}

function sourceProblems(record: ReleaseRecord, component: Component): RecordProblem[] {
  // The folder may have moved since: the tag is of the one that the record names.
  const tag = releaseTag(
    { ...component, path: record.source.path ?? component.path },
    record.version,
  );
  if (record.source.tag === tag) return [];
  return [
    {
      code: "record-mismatch",
      path: ["source", "tag"],
      message: `found the tag "${record.source.tag}", expected "${tag}"; correct it`,
    },
  ];
}

function artifactProblems(record: ReleaseRecord, component: Component): RecordProblem[] {
  const problems: RecordProblem[] = [];
  const mismatch = (path: string[], found: string | undefined, expected: string, hint: string) => {
    if (found === expected) return;
    const what = found === undefined ? "nothing" : JSON.stringify(found);
    problems.push({
      code: "record-mismatch",
      path,
      message: `found ${what}, expected ${JSON.stringify(expected)}: ${hint}; correct it`,
    });
  };
  const target: ArtifactKind = component.kind;
  mismatch(["target"], record.target, target, `${component.name} is a ${component.kind}`);
  const { artifact } = record;
  if (record.attestations !== undefined && artifact?.digest === undefined) {
    mismatch(["attestations"], "attestations", "none", "there is no digest that they are about");
  }
  const { capsule } = record;
  if (capsule !== undefined && artifact?.digest === undefined) {
    mismatch(["capsule"], "capsule", "none", "there is no image that it is about");
  } else if (capsule !== undefined) {
    const repository = capsuleRepository(artifact?.repository ?? "");
    const tag = commitTag(record.source.commit);
    mismatch(["capsule", "repository"], capsule.repository, repository, "beside its image");
    mismatch(["capsule", "tag"], capsule.tag, tag, "the tag that the image has for its commit");
  }
  if (component.kind === "go_module") {
    if (artifact !== undefined) {
      mismatch(["artifact"], "artifact", "no artifact", "a Go module's tag is the artifact");
    }
    if (record.module === undefined) {
      mismatch(["module"], undefined, "path and sum", "what a go.sum line says of it");
    }
    return problems;
  }
  if (record.module !== undefined) {
    mismatch(["module"], "module", "no module", `${component.name} is a ${component.kind}`);
  }
  if (component.kind !== "container" && artifact?.digest === undefined) {
    mismatch(["artifact"], artifact?.digest, "a digest", "only containers may be pending");
    return problems;
  }
  const { repository, tag, annotations = {} } = artifact ?? {};
  mismatch(["artifact", "repository"], repository, component.image, "the catalogue's image");
  mismatch(["artifact", "tag"], tag, record.version, "images are tagged with the version");
  for (const [label, expected] of [
    ["org.opencontainers.image.revision", record.source.commit],
    ["org.opencontainers.image.version", record.version],
  ] as const) {
    if (!(label in annotations)) continue;
    mismatch(["artifact", "annotations", label], annotations[label], expected, "as in this record");
  }
  return problems;
}
