import { describe } from "vitest";
import { type BadInput, editsOf, itFindsEach } from "../fixtures/bad-input.ts";

const SOLUTIONS = "solutions.yaml";
const ENVIRONMENT = "environments/dev.yaml";
const MATRIX = "releases/compatibility.yaml";
const PLATFORM = "releases/platform/v1.yaml";

const GLOBEX = "  - id: globex\n    name: Globex\n";

const LIST = editsOf(SOLUTIONS, [
  [
    "an id has 55 characters",
    "id: globex\n",
    `id: ${"g".repeat(55)} # here\n`,
    "solution-id",
    /has 55 characters, expected 1 to 54/,
  ],
  [
    "an id has an uppercase letter",
    "id: globex\n",
    "id: Globex # here\n",
    "solution-id",
    /character other than a-z/,
  ],
  [
    "an id has two dashes in a row",
    "id: globex\n",
    "id: glo--bex # here\n",
    "solution-id",
    /two dashes in a row/,
  ],
  [
    "an id is a number",
    "id: globex\n",
    "id: 42 # here\n",
    "schema",
    /found the number 42, .*put it in quotes/,
  ],
  [
    "a name is missing",
    GLOBEX,
    "  - id: globex # here\n",
    "schema",
    /no "name", expected a solution: id and name/,
  ],
  [
    "a name is empty",
    "name: Globex\n",
    'name: "" # here\n',
    "schema",
    /found "", expected text of 1 to 128/,
  ],
  [
    "a name ends in a space",
    "name: Globex\n",
    'name: "Globex " # here\n',
    "schema",
    /found "Globex ", expected text of 1 to 128 .*no space first or last/,
  ],
  [
    "a name has half a character",
    "name: Globex\n",
    'name: "Globex \\uD800" # here\n',
    "schema",
    /expected text of 1 to 128/,
  ],
  [
    "a name has 129 characters",
    "name: Globex\n",
    `name: ${"n".repeat(129)} # here\n`,
    "schema",
    /\(129 characters\), expected text of 1 to 128/,
  ],
  [
    "a name has a line break",
    "name: Globex\n",
    'name: "Glo\\nbex" # here\n',
    "schema",
    /without control characters/,
  ],
  [
    "a key is unknown",
    GLOBEX,
    `${GLOBEX}    region: north # here\n`,
    "schema",
    /unknown key, expected one of id, name/,
  ],
  [
    "a state is unknown",
    GLOBEX,
    `${GLOBEX}    state: gone # here\n`,
    "schema",
    /found "gone", expected active, retired or deletable/,
  ],
  [
    "keep_data is text",
    GLOBEX,
    `${GLOBEX}    keep_data: "yes" # here\n`,
    "schema",
    /found "yes", expected true or false/,
  ],
  [
    "a ring is malformed",
    GLOBEX,
    `${GLOBEX}    ring: Early # here\n`,
    "schema",
    /found "Early", expected a name/,
  ],
  [
    "a customer repository is no URL",
    "https://git.example.com/customers/globex.git",
    "git@example.com:x.git # here",
    "schema",
    /expected https:/,
  ],
  [
    "a variable's value is a boolean",
    "SUPPORT_LEVEL: gold",
    "SUPPORT_LEVEL: true # here",
    "schema",
    /found the boolean true, .*put it in quotes/,
  ],
  [
    "a variable takes a name of the program",
    "SUPPORT_LEVEL: gold",
    "SLIPWAY_VERSION: x # here",
    "schema",
    /the key "SLIPWAY_VERSION"/,
  ],
  [
    "the default environment is missing and an entry has none",
    "  environment: dev\n  ring: general\n\nsolutions:\n  - id: acme",
    "  ring: general\n\nsolutions:\n  - id: acme # here",
    "unknown-environment",
    /no environment for acme/,
  ],
  [
    "two entries have one id",
    GLOBEX,
    "  - id: acme # here\n    name: Globex\n",
    "solution-duplicate",
    /the id "acme", which line 16 has already/,
  ],
  [
    "an environment is unknown",
    GLOBEX,
    "  - id: globex # here\n    name: Globex\n    environment: moon\n",
    "unknown-environment",
    /found the environment "moon", expected one of dev/,
  ],
  [
    "a cell is unknown",
    GLOBEX,
    "  - id: globex # here\n    name: Globex\n    cell: z\n",
    "unknown-cell",
    /found the cell "z", expected one of a, b in dev/,
  ],
]);

const POINTERS = editsOf(ENVIRONMENT, [
  [
    "a version has no record",
    "  orbit-webapp: 1.4.0",
    "  orbit-webapp: 9.9.9 # here",
    "version-unrecorded",
    /run: slipway release orbit-webapp@9.9.9/,
  ],
  [
    "an overriding version has no record",
    "      orbit-webapp: 1.4.1",
    "      orbit-webapp: 9.9.9 # here",
    "version-unrecorded",
    /run: slipway release orbit-webapp@9.9.9/,
  ],
  [
    "a version is history on Vercel",
    "aurora-webapp: 3.0.0",
    "aurora-webapp: 2.0.0 # here",
    "record-not-deployable",
    /aurora-webapp 2.0.0, which is history \(target vercel/,
  ],
  [
    "a version is history of another repository",
    "  orbit-webapp: 1.4.0",
    "  orbit-webapp: 1.2.0 # here",
    "record-not-deployable",
    /orbit-webapp 1.2.0, which is history \(target container/,
  ],
  [
    "a component is unknown",
    "aurora-webapp: 3.0.0",
    "aurora-webapp: 3.0.0\n  orion: 1.0.0 # here",
    "unknown-component",
    /found the component "orion"/,
  ],
  [
    "a version reads as a number",
    "  orbit-webapp: 1.4.0",
    "  orbit-webapp: 1.4 # here",
    "schema",
    /found the number 1.4, .*put it in quotes/,
  ],
  [
    "an app's component has no version",
    "versions:\n  aurora-webapp: 3.0.0\n",
    "versions: # here\n",
    "environment-rule",
    /no version of aurora-webapp, expected one: the app aurora runs it/,
  ],
  [
    "an override is nothing",
    "  - ring: early\n",
    "  - # here\n  - ring: early\n",
    "schema",
    /found nothing, expected versions for a ring or for a solution/,
  ],
  [
    "an override is for nobody",
    "  - ring: early\n    versions:",
    "  - versions: # here",
    "schema",
    /expected versions for a ring or for a solution/,
  ],
  [
    "an override is for a ring and a solution",
    "  - ring: early\n",
    "  - ring: early # here\n    solution: acme\n",
    "schema",
    /expected versions for a ring or for a solution/,
  ],
  [
    "an overridden solution is unknown",
    "solution: hooli",
    "solution: hooly # here",
    "unknown-solution",
    /found the solution "hooly"/,
  ],
  [
    "an overridden ring has no solution",
    "ring: early",
    "ring: earli # here",
    "environment-rule",
    /found the ring "earli", expected one that a solution is in \(early, general\)/,
  ],
  [
    "two overrides of a ring name one component",
    "  - solution: hooli\n    versions:\n      maxq-orbit-agent-webapp: 0.6.1",
    "  - ring: early\n    versions:\n      orbit-webapp: 1.3.0 # here",
    "environment-rule",
    /a second version of orbit-webapp for the ring early, which overrides\[0\] has/,
  ],
  [
    "the name is another file's",
    "environment: dev",
    "environment: test # here",
    "environment-rule",
    /"test" in dev.yaml, expected "dev" as the file is called/,
  ],
]);

const SECOND_FILE: BadInput = {
  when: "an environment has a second file",
  edit: (checkout) => checkout.write("environments/dev.yml", checkout.read(ENVIRONMENT)),
  code: "environment-rule",
  file: "environments/dev.yml",
  says: /a second file of the environment "dev", which environments\/dev.yaml is already/,
};

const RANGES = editsOf(MATRIX, [
  [
    "a range is malformed",
    'orbit-webapp: "^1.4.0"',
    'orbit-webapp: "one or two" # here',
    "compatibility",
    /"one or two", which is not a range/,
  ],
  [
    "a calver range's month lacks its zero",
    'registry-service: "2026.06.x"',
    'registry-service: "2026.6.x" # here',
    "compatibility",
    /which has 2026.6; expected a two-digit month/,
  ],
  [
    "a range holds no release",
    'orbit-webapp: "^1.4.0"',
    'orbit-webapp: "^7.0.0" # here',
    "compatibility",
    /in which no recorded release of orbit-webapp is/,
  ],
  [
    "a component is unknown",
    'orbit-webapp: "^1.4.0"',
    'orion: "^1.4.0" # here',
    "unknown-component",
    /found the component "orion"/,
  ],
  [
    "a range is a number",
    'orbit-webapp: "^1.4.0"',
    "orbit-webapp: 1 # here",
    "schema",
    /found the number 1, .*put it in quotes/,
  ],
  [
    "a row is empty",
    "supported:\n",
    "supported:\n  - {} # here\n",
    "schema",
    /found a map of nothing, expected a map of component to range/,
  ],
  [
    "a row names one component",
    "supported:\n",
    'supported:\n  - aurora-webapp: "^3.0.0" # here\n',
    "schema",
    /expected a map of component to range, of two components or more/,
  ],
  [
    "a row is inside another",
    "supported:\n",
    `supported:
  - orbit-webapp: "~1.3.0" # here
    maxq-orbit-agent: "0.8.0"
    maxq-orbit-agent-webapp: "~0.5.0"
    aurora-webapp: "^3.0.0"
    registry-service: "2026.06.0"
`,
    "compatibility",
    /a row inside the row in line \d+, .*expected rows that add something/,
  ],
  [
    "a row stands there twice",
    "supported:\n",
    `supported:
  - { maxq-orbit-agent: ">=0.8.0", registry-service: ">=2026.06.0" }
  - { registry-service: ">=2026.06.0", maxq-orbit-agent: ">=0.8.0" } # here
`,
    "compatibility",
    /a row inside the row in line \d+/,
  ],
  [
    "rows of other components refuse all of a row",
    "supported:\n",
    `supported:
  - { maxq-orbit-agent: "~0.8.0", maxq-orbit-agent-webapp: "~0.5.0" }
  - { maxq-orbit-agent: ">=0.9.0", maxq-orbit-agent-webapp: ">=0.6.0" }
  - { maxq-orbit-agent: "0.9.1", maxq-orbit-agent-webapp: "0.5.0" } # here
`,
    "compatibility",
    /contradicts those in lines [\d, ]+: they name 2 or more/,
  ],
]);

const PLATFORM_POINTER: BadInput[] = [
  ...editsOf(ENVIRONMENT, [
    [
      "the platform has no manifest",
      "environment: dev\n",
      'environment: dev\nplatform: "9" # here\n',
      "version-unrecorded",
      /found the platform "9", .*expected releases\/platform\/v9.yaml; run: slipway release platform@9/,
    ],
    [
      "the platform's version is a number",
      "environment: dev\n",
      "environment: dev\nplatform: 1 # here\n",
      "schema",
      /found the number 1, .*put it in quotes/,
    ],
  ]),
  {
    when: "the platform names history",
    edit: (checkout) => {
      checkout.edit(PLATFORM, "aurora-webapp: 3.0.0", "aurora-webapp: 1.0.0");
      checkout.edit(ENVIRONMENT, "environment: dev\n", 'environment: dev\nplatform: "1" # here\n');
      checkout.edit(ENVIRONMENT, "  aurora-webapp: 3.0.0\n", "");
    },
    code: "record-not-deployable",
    file: ENVIRONMENT,
    says: /found aurora-webapp 1.0.0, which is history/,
  },
  {
    when: "neither the platform nor a line names a version",
    edit: (checkout) => {
      checkout.edit(PLATFORM, "  aurora-webapp: 3.0.0\n", "");
      checkout.edit(ENVIRONMENT, "environment: dev\n", 'environment: dev\nplatform: "1"\n');
      checkout.edit(ENVIRONMENT, "versions:\n  aurora-webapp: 3.0.0\n", "versions: # here\n");
    },
    code: "environment-rule",
    file: ENVIRONMENT,
    says: /found no version of aurora-webapp/,
  },
  {
    when: "the platform that it names is malformed, as one problem",
    edit: (checkout) => {
      checkout.edit(PLATFORM, '"2026-07-14"', "2026-07-14 # here");
      checkout.edit(ENVIRONMENT, "environment: dev\n", 'environment: dev\nplatform: "1"\n');
      checkout.edit(ENVIRONMENT, "versions:\n  aurora-webapp: 3.0.0\n", "versions:\n");
    },
    code: "unquoted-date",
    file: PLATFORM,
    says: /quote it/,
  },
];

const MANIFEST = editsOf(PLATFORM, [
  [
    "a version has no record",
    "registry-service: 2026.07.0",
    "registry-service: 2026.08.0 # here",
    "version-unrecorded",
    /registry-service 2026.08.0, which has no record/,
  ],
  [
    "a component is unknown",
    "registry-service: 2026.07.0",
    "orion: 1.0.0 # here",
    "unknown-component",
    /found the component "orion"/,
  ],
  [
    "its version is another file's",
    'version: "1"\n',
    'version: "2" # here\n',
    "record-misplaced",
    /in v1.yaml, expected the file v2.yaml/,
  ],
  [
    "its version is a number",
    'version: "1"\n',
    "version: 1 # here\n",
    "schema",
    /found the number 1, .*put it in quotes/,
  ],
  [
    "its date is no day",
    '"2026-07-14"',
    '"14.7.2026" # here',
    "schema",
    /found "14.7.2026", expected a day/,
  ],
]);

const FULL: BadInput = {
  when: "a cell has 251 solutions",
  edit: (checkout) => {
    checkout.append(SOLUTIONS, extraSolutions(241));
  },
  code: "cell-full",
  file: SOLUTIONS,
  says: /251 solutions in the cell dev\/a, expected at most 250; put extra-240/,
};

/** Four apps of each solution: a resource group takes 800 of one type, two of which are shared apps. */
const FULL_OF_APPS: BadInput = {
  when: "a cell has more apps than Azure allows",
  edit: (checkout) => {
    checkout.edit(
      "releases/catalogue.yaml",
      "apps:\n",
      "apps:\n  extra:\n    component: orbit-webapp\n    scope: solution\n    ingress: { external: true, port: 3000 }\n",
    );
    checkout.append(SOLUTIONS, extraSolutions(190));
  },
  code: "cell-full",
  file: SOLUTIONS,
  says: /200 solutions in the cell dev\/a, expected at most 199; put extra-189/,
};

describe("the solution list", () => {
  itFindsEach([...LIST, FULL, FULL_OF_APPS]);
});

describe("an environment", () => {
  itFindsEach([...POINTERS, SECOND_FILE]);
});

describe("the compatibility matrix", () => {
  itFindsEach(RANGES);
});

describe("a platform manifest", () => {
  itFindsEach(MANIFEST);
});

describe("an environment with a platform version", () => {
  itFindsEach(PLATFORM_POINTER);
});

/** The last one is what is too many. */
function extraSolutions(count: number): string {
  const ids = Array.from({ length: count }, (_, index) => `extra-${index}`);
  return `${ids.map((id) => `  - { id: ${id}, name: Extra }`).join("\n")} # here\n`;
}
