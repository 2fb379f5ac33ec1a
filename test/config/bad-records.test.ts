import { describe } from "vitest";
import { type BadInput, editsOf, itFindsEach } from "../fixtures/bad-input.ts";
import type { TempCheckout } from "../fixtures/checkout.ts";

/** Pointed at by dev, recorded by semver; complete once `finish` went over it. */
const RECORD = "releases/orbit-webapp/v1.4.0/release.yaml";
const CALVER_RECORD = "releases/registry-service/v2026.06.0/release.yaml";
const VERCEL_RECORD = "releases/aurora-webapp/v1.0.0/release.yaml";
const COMMIT = "e12415ceebdab1a5a8f0b10299488c7bedcee651";
const DIGEST = `sha256:${"ab".repeat(32)}`;

const COMPLETE = `artifact:
  registry: slipwaydev.azurecr.io
  repository: orbit-webapp
  tag: 1.4.0
  media_type: application/vnd.oci.image.manifest.v1+json
  digest: ${DIGEST}
  size: 1234
  annotations:
    org.opencontainers.image.revision: ${COMMIT}
  platforms:
    - linux/amd64
`;
const PENDING = "artifact:\n  repository: orbit-webapp\n  tag: 1.4.0\n";

/** An edit of a record that is complete. */
const inComplete = (from: string, to: string) => (checkout: TempCheckout) => {
  checkout.edit(RECORD, PENDING, COMPLETE);
  checkout.edit(RECORD, from, to);
};

/** Copies a record into the folder of another version, with edits. */
const copied =
  (from: string, to: string, ...edits: [string, string][]) =>
  (checkout: TempCheckout) => {
    checkout.write(to, checkout.read(from));
    for (const edit of edits) checkout.edit(to, ...edit);
  };

const PENDING_RECORD = editsOf(RECORD, [
  [
    "a key is unknown",
    "target: container",
    "target: container\nstatus: done # here",
    "schema",
    /unknown key/,
  ],
  [
    "the target is history",
    "target: container",
    "target: vercel # here",
    "schema",
    /found "vercel", expected container, helm_chart/,
  ],
  [
    "the date is no day",
    '"2026-06-22"',
    '"2026-02-30" # here',
    "schema",
    /found "2026-02-30", expected a day/,
  ],
  [
    "the commit is short",
    COMMIT,
    "e12415c # here",
    "schema",
    /found "e12415c", expected a full commit/,
  ],
  [
    "the commit has uppercase digits",
    COMMIT,
    `${COMMIT.toUpperCase()} # here`,
    "schema",
    /40 lowercase hex/,
  ],
  [
    "the tag begins with a dash",
    "tag: orbit-webapp/v1.4.0",
    "tag: --upload-pack=x # here",
    "schema",
    /expected a git tag/,
  ],
  [
    "the path leaves the repository",
    "path: services/orbit-webapp",
    "path: ../../etc # here",
    "schema",
    /expected a folder inside/,
  ],
  [
    "the version reads as a number",
    "version: 1.4.0",
    "version: 1.4 # here",
    "schema",
    /found the number 1.4, .*put it in quotes/,
  ],
  [
    "the schema's version is unknown",
    "schema_version: 1",
    'schema_version: "1" # here',
    "schema",
    /found "1", expected 1/,
  ],
  [
    "the repository is unknown",
    "repo: platform",
    "repo: orion # here",
    "unknown-repository",
    /found the repository "orion"/,
  ],
  [
    "the repository is a former key",
    "repo: platform",
    "repo: aurora # here",
    "record-mismatch",
    /"aurora", a former name, which only history may use/,
  ],
  [
    "the repository is another component's",
    "repo: platform",
    "repo: registry-service # here",
    "record-mismatch",
    /another repository than orbit-webapp's/,
  ],
  [
    "the tag is another version's",
    "tag: orbit-webapp/v1.4.0",
    "tag: orbit-webapp/v1.4.1 # here",
    "record-mismatch",
    /expected "orbit-webapp\/v1.4.0"/,
  ],
  [
    "the target is not the component's kind",
    "target: container",
    "target: binaries # here",
    "record-mismatch",
    /found "binaries", expected "container"/,
  ],
  [
    "the image is another component's",
    "repository: orbit-webapp",
    "repository: aurora-webapp # here",
    "record-mismatch",
    /expected "orbit-webapp": the catalogue's image/,
  ],
  [
    "the image's tag is another version",
    "  tag: 1.4.0",
    "  tag: 1.4.1 # here",
    "record-mismatch",
    /expected "1.4.0"/,
  ],
  [
    "the component is another folder's",
    "component: orbit-webapp",
    "component: aurora-webapp # here",
    "record-misplaced",
    /in the folder orbit-webapp/,
  ],
  [
    "the version is another folder's",
    "version: 1.4.0",
    "version: 1.4.1 # here",
    "record-misplaced",
    /in the folder v1.4.0, expected the folder v1.4.1/,
  ],
  [
    "the keys stand in another order",
    `component: orbit-webapp\nversion: 1.4.0\n`,
    "version: 1.4.0 # here\ncomponent: orbit-webapp\n",
    "key-order",
    /expected the order schema_version, component, version/,
  ],
  [
    "the source's keys stand in another order",
    "  repo: platform\n  path: services/orbit-webapp\n",
    "  path: services/orbit-webapp # here\n  repo: platform\n",
    "key-order",
    /expected the order repo, path/,
  ],
]);

const completeRows: [string, string, string, BadInput["code"], RegExp][] = [
  [
    "the digest has uppercase digits",
    DIGEST,
    `${DIGEST.replaceAll("ab", "AB")} # here`,
    "schema",
    /expected sha256: and 64 lowercase hex/,
  ],
  [
    "the digest's algorithm is another",
    DIGEST,
    `${DIGEST.replace("sha256", "sha512")} # here`,
    "schema",
    /expected sha256:/,
  ],
  [
    "the registry has a port",
    "slipwaydev.azurecr.io",
    "127.0.0.1:5000 # here",
    "schema",
    /expected a registry as Azure names it/,
  ],
  [
    "the size is text",
    "size: 1234",
    'size: "1234" # here',
    "schema",
    /found "1234", expected the manifest's size in bytes/,
  ],
  ["the size is 0", "size: 1234", "size: 0 # here", "schema", /found the number 0, expected/],
  [
    "the media type is malformed",
    "application/vnd.oci.image.manifest.v1+json",
    "oci # here",
    "schema",
    /expected a media type/,
  ],
  [
    "an annotation is a number",
    `revision: ${COMMIT}`,
    "revision: 7 # here",
    "schema",
    /found the number 7, .*quotes/,
  ],
  ["a platform is malformed", "- linux/amd64", "- amd64 # here", "schema", /linux\/amd64/],
  [
    "the revision is another commit",
    `revision: ${COMMIT}`,
    `revision: ${"f".repeat(40)} # here`,
    "record-mismatch",
    /as in this record/,
  ],
];

const COMPLETE_RECORD: BadInput[] = completeRows.map(([when, from, to, code, says]) => ({
  when,
  edit: inComplete(from, to),
  code,
  file: RECORD,
  says,
}));

const MALFORMED = "releases/orbit-webapp/v1.4/release.yaml";
const MALFORMED_CALVER = "releases/registry-service/v2026.6.0/release.yaml";
const STRAY = "releases/orion/v1.0.0/release.yaml";
const AGAIN = "releases/orbit-webapp/v1.4.9/release.yaml";

const TREE: BadInput[] = [
  {
    when: "the commit is missing",
    edit: (checkout) => {
      checkout.edit(RECORD, `  commit: ${COMMIT}\n`, "");
      checkout.edit(RECORD, "source:", "source: # here");
    },
    code: "schema",
    file: RECORD,
    says: /no "commit", expected the source: repo/,
  },
  {
    when: "a version is not semver",
    edit: copied(
      RECORD,
      MALFORMED,
      ["version: 1.4.0", 'version: "1.4" # here'],
      ["/v1.4.0", "/v1.4"],
      ["  tag: 1.4.0", '  tag: "1.4"'],
    ),
    code: "version-scheme",
    file: MALFORMED,
    says: /found "1.4", which is not semver/,
  },
  {
    when: "a month lacks its leading zero",
    edit: copied(
      CALVER_RECORD,
      MALFORMED_CALVER,
      ["version: 2026.06.0", "version: 2026.6.0 # here"],
      ["/v2026.06.0", "/v2026.6.0"],
      ["  tag: 2026.06.0", "  tag: 2026.6.0"],
    ),
    code: "version-scheme",
    file: MALFORMED_CALVER,
    says: /found "2026.6.0", which is not calver/,
  },
  {
    when: "a component is not in the catalogue",
    edit: copied(
      RECORD,
      STRAY,
      ["component: orbit-webapp", "component: orion # here"],
      ["version: 1.4.0", "version: 1.0.0"],
    ),
    code: "unknown-component",
    file: STRAY,
    says: /found the component "orion"/,
  },
  {
    when: "two versions have one commit",
    edit: copied(
      RECORD,
      AGAIN,
      ["version: 1.4.0", "version: 1.4.9"],
      ["/v1.4.0", "/v1.4.9"],
      ["  tag: 1.4.0", "  tag: 1.4.9"],
    ),
    code: "record-conflict",
    // The older one: records are read newest first.
    file: RECORD,
    at: COMMIT,
    says: /of orbit-webapp@1.4.9 .*, expected one version per component and commit/,
  },
  {
    when: "a record has another name",
    edit: (checkout) =>
      checkout.write("releases/orbit-webapp/v9.0.0/release.yml", checkout.read(RECORD)),
    code: "record-misplaced",
    file: "releases/orbit-webapp/v9.0.0",
    says: /found release.yml and no release.yaml/,
  },
];

const HISTORY = editsOf(VERCEL_RECORD, [
  [
    "it has a key of later records",
    "target: vercel",
    "target: vercel\nschema: 1 # here",
    "schema",
    /unknown key/,
  ],
  [
    "its target was never one",
    "target: vercel",
    "target: heroku # here",
    "schema",
    /found "heroku", expected vercel or container/,
  ],
  [
    "its repository is unknown",
    "repo: aurora",
    "repo: borealis # here",
    "unknown-repository",
    /found the repository "borealis"/,
  ],
  [
    "its date stands bare",
    'released_at: "2026-03-09"',
    "released_at: 2026-03-09 # here",
    "unquoted-date",
    /quote it: "2026-03-09"/,
  ],
]);

describe("a pending record", () => {
  itFindsEach(PENDING_RECORD);
});

describe("a complete record", () => {
  itFindsEach(COMPLETE_RECORD);
});

describe("the records' tree", () => {
  itFindsEach(TREE);
});

describe("a record of history", () => {
  itFindsEach(HISTORY);
});
