import { describe, expect, it } from "vitest";
import { loadCheckout } from "../../config/index.ts";
import { type BadInput, editsOf, goodCheckout, itFindsEach } from "../fixtures/bad-input.ts";
import type { TempCheckout } from "../fixtures/checkout.ts";

const FILE = "releases/catalogue.yaml";

const CHART = "  orbit-chart:\n    scheme: semver\n";
const MODULE = "  trajectory:\n    scheme: semver\n";
const COMMAND = "      command: [node, build.mjs]\n";
const FOLDER = "      folder: dist\n";
const BINARIES = `    binaries:\n${COMMAND}${FOLDER}`;
const RUNS = "chart: { app_version_of: orbit-webapp }";

const CATALOGUE = editsOf(FILE, [
  [
    "a chart has calver",
    CHART,
    "  orbit-chart:\n    scheme: calver # here\n",
    "catalogue-rule",
    /found calver of a helm_chart, expected semver/,
  ],
  [
    "a Go module has calver",
    MODULE,
    "  trajectory:\n    scheme: calver # here\n",
    "catalogue-rule",
    /found calver of a go_module, expected semver/,
  ],
  [
    "a chart's settings stand at a Go module",
    MODULE,
    `  trajectory:\n    ${RUNS} # here\n    scheme: semver\n`,
    "catalogue-rule",
    /found chart of a go_module, expected it of a helm_chart only/,
  ],
  [
    "the settings of binaries stand at a chart",
    CHART,
    "  orbit-chart:\n    binaries: { folder: dist } # here\n    scheme: semver\n",
    "catalogue-rule",
    /found binaries of a helm_chart, expected it of a binaries only/,
  ],
  [
    "binaries have no folder",
    `  maxqctl:\n    scheme: semver\n    kind: binaries\n    repository: toolkit\n    path: tools/maxqctl\n    # The command fills the folder; every file in it is released.\n${BINARIES}`,
    "  maxqctl: # here\n    scheme: semver\n    kind: binaries\n    repository: toolkit\n    path: tools/maxqctl\n",
    "catalogue-rule",
    /expected binaries: \{ folder: <folder> \}/,
  ],
  [
    "a chart runs a component that is not there",
    RUNS,
    "chart: { app_version_of: orion } # here",
    "unknown-component",
    /found the component "orion"/,
  ],
  [
    "a chart runs what is named like a property of every object",
    RUNS,
    "chart: { app_version_of: constructor } # here",
    "unknown-component",
    /found the component "constructor"/,
  ],
  [
    "a command is text for a shell",
    COMMAND,
    "      command: node build.mjs # here\n",
    "schema",
    /expected a list of texts, the program first/,
  ],
  [
    "a command holds a control character",
    COMMAND,
    '      command: [node, "a\\0b"] # here\n',
    "schema",
    /expected text without control characters/,
  ],
  [
    "a command is empty",
    COMMAND,
    "      command: [] # here\n",
    "schema",
    /expected a list of texts, the program first/,
  ],
  [
    "the folder of binaries leaves the repository",
    FOLDER,
    "      folder: ../../dist # here\n",
    "schema",
    /expected a folder inside the repository/,
  ],
  [
    "a path leaves the repository",
    "path: tools/maxqctl",
    "path: tools/../../maxqctl # here",
    "schema",
    /expected a folder inside the repository/,
  ],
  [
    "a Go module's folder is named like another component's tags",
    "path: go/trajectory",
    "path: orbit-chart # here",
    "catalogue-rule",
    /found tags orbit-chart\/v<version>, which orbit-chart has/,
  ],
]);

const RECORD = "releases/trajectory/v0.1.0/release.yaml";
const TAG = "  tag: go/trajectory/v0.1.0\n";
const SUM = "h1:mS60HuYtxPXpxktnGDjE2ELMCnWs8IwOuytG5eUd0jE=";
const PATH = "git.example.com/platform/toolkit.git/go/trajectory";

const record = (version: string) => `schema_version: 1
component: trajectory
version: ${version}
released_at: "2026-08-25"
source:
  repo: toolkit
  path: go/trajectory
  tag: go/trajectory/v${version}
  commit: 75ccadce4d046c21c2ef272dca858e7ce3e12d83
target: go_module
module:
  path: ${PATH}
  sum: ${SUM}
`;

const MODULE_BLOCK = `module:\n  path: ${PATH}\n  sum: ${SUM}\n`;
const ARTIFACT = `artifact: # here
  registry: slipwaydev.azurecr.io
  repository: trajectory
  tag: 0.1.0
  media_type: application/vnd.oci.image.manifest.v1+json
  digest: sha256:${"a".repeat(64)}
  size: 500
`;

const RECORDS: BadInput[] = editsOf(RECORD, [
  [
    "a Go module's tag is scoped by the component's name",
    TAG,
    "  tag: trajectory/v0.1.0 # here\n",
    "record-mismatch",
    /expected "go\/trajectory\/v0.1.0"/,
  ],
  [
    "a Go module has an artifact",
    "module:\n",
    `${ARTIFACT}module:\n`,
    "record-mismatch",
    /a Go module's tag is the artifact/,
  ],
  [
    "a Go module's sum is a digest",
    `sum: ${SUM}`,
    `sum: sha256:${"a".repeat(64)} # here`,
    "schema",
    /expected h1: and 44 characters of base64/,
  ],
  [
    "a Go module's path has no host",
    `path: ${PATH}`,
    "path: trajectory # here",
    "schema",
    /expected a Go module's path/,
  ],
  [
    "the module's keys stand in another order",
    MODULE_BLOCK,
    `module:\n  sum: ${SUM} # here\n  path: ${PATH}\n`,
    "key-order",
    /found the keys sum, path/,
  ],
]).map((one) => ({ ...one, edit: withRecord(one.edit) }));

const NO_MODULE: BadInput = {
  when: "a Go module has no sum",
  edit: withRecord((checkout) => checkout.edit(RECORD, MODULE_BLOCK, "")),
  code: "record-mismatch",
  file: RECORD,
  at: "schema_version: 1",
  says: /found nothing, expected "path and sum"/,
};

const ORBIT = "releases/orbit-webapp/v1.4.0/release.yaml";
const CONTAINER: BadInput = {
  when: "a container has a module",
  edit: (checkout) => checkout.append(ORBIT, `module: # here\n  path: ${PATH}\n  sum: ${SUM}\n`),
  code: "record-mismatch",
  file: ORBIT,
  says: /expected "no module": orbit-webapp is a container/,
};

describe("the catalogue's artifact kinds", () => {
  itFindsEach(CATALOGUE);
});

describe("the record of a Go module", () => {
  itFindsEach([...RECORDS, NO_MODULE, CONTAINER]);

  it("is complete without an artifact", async () => {
    const checkout = await goodCheckout();
    checkout.write(RECORD, record("0.1.0"));
    const { checkout: loaded, problems } = await loadCheckout(checkout.root);
    expect(problems).toEqual([]);
    expect(loaded?.registry.records.get("trajectory")).toMatchObject([
      { status: "recorded", module: { path: PATH, sum: SUM } },
    ]);
  });

  it("keeps the tag of the folder that the module was in when it has moved since", async () => {
    const checkout = await goodCheckout();
    checkout.write(RECORD, record("0.1.0"));
    checkout.edit(FILE, "path: go/trajectory", "path: libraries/trajectory");
    expect((await loadCheckout(checkout.root)).problems).toEqual([]);
  });
});

function withRecord(edit: (checkout: TempCheckout) => void): (checkout: TempCheckout) => void {
  return (checkout) => {
    checkout.write(RECORD, record("0.1.0"));
    edit(checkout);
  };
}
