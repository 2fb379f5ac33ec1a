import { describe } from "vitest";
import { type BadInput, editsOf, itFindsEach, STACK_FILE } from "../fixtures/bad-input.ts";

const CONFIG = "config:\n";
const OWN = "  slipway:registry:\n    owned: true\n    name: slipwaydev\n    sku: Basic\n";
const ID =
  "/subscriptions/00000000-0000-4000-8000-736c69707761/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/shared";
const SECRET = "      secure: v1:AAAA:AAAA\n";

const SHAPE = editsOf(STACK_FILE, [
  [
    "a share has less than 100 GiB",
    "share_quota_gib: 128",
    "share_quota_gib: 99 # here",
    "share-quota",
    /found the number 99, expected a share's size in GiB, a whole number from 100/,
  ],
  [
    "a share has more than Azure allows",
    "share_quota_gib: 128",
    "share_quota_gib: 102401 # here",
    "share-quota",
    /to 102400/,
  ],
  [
    "a key of ours is misspelt",
    CONFIG,
    `${CONFIG}  slipway:ephemaral: true # here\n`,
    "schema",
    /unknown key, expected one of azure-native:subscriptionId/,
  ],
  [
    "a key beside config is unknown",
    CONFIG,
    `configuration: {} # here\n${CONFIG}`,
    "schema",
    /unknown key, expected one of config/,
  ],
  [
    "the subscription is no GUID",
    "00000000-0000-4000-8000-736c69707761",
    "dev # here",
    "schema",
    /found "dev", expected a subscription's id/,
  ],
  [
    "the subscription is missing",
    "config:\n  azure-native:subscriptionId: 00000000-0000-4000-8000-736c69707761\n",
    "config: # here\n",
    "schema",
    /no "azure-native:subscriptionId"/,
  ],
  [
    "the location is malformed",
    "location: westeurope",
    "location: West Europe # here",
    "schema",
    /found "West Europe", expected an Azure region/,
  ],
  [
    "ephemeral is text",
    "ephemeral: true",
    "ephemeral: sometimes # here",
    "schema",
    /found "sometimes", expected true or false/,
  ],
  [
    "the builder is unknown",
    "builder: acr",
    "builder: kaniko # here",
    "schema",
    /found "kaniko", expected acr, or \{ buildkit/,
  ],
  [
    "the builder has no name",
    "builder: acr",
    "builder: { buildkit: 5 } # here",
    "schema",
    /expected acr, or \{ buildkit/,
  ],
  [
    "another stack's registry has no id",
    OWN,
    "  slipway:registry: # here\n    owned: false\n",
    "schema",
    /no "id", expected the ARM id/,
  ],
  [
    "another stack's registry has a name",
    OWN,
    `  slipway:registry:\n    owned: false\n    name: shared # here\n    id: ${ID}\n`,
    "schema",
    /unknown key, expected one of owned, id/,
  ],
  [
    "a registry's id is no ARM id",
    OWN,
    "  slipway:registry:\n    owned: false\n    id: slipwaydev # here\n",
    "schema",
    /found "slipwaydev", expected the ARM id/,
  ],
  [
    "an own registry has an id",
    OWN,
    `${OWN}    id: ${ID} # here\n`,
    "schema",
    /unknown key, expected one of owned, name/,
  ],
  [
    "nobody owns the registry",
    "    owned: true\n",
    "    owned: maybe # here\n",
    "schema",
    /found "maybe", expected true or false/,
  ],
  [
    "a registry's name has a dash",
    "name: slipwaydev",
    "name: slipway-dev # here",
    "schema",
    /5 to 50 lowercase letters/,
  ],
  [
    "a registry's sku is unknown",
    "sku: Basic",
    "sku: Gold # here",
    "schema",
    /found "Gold", expected Basic, Standard or Premium/,
  ],
  [
    "a cell's name is malformed",
    "name: b\n",
    "name: B # here\n",
    "schema",
    /found "B", expected a name/,
  ],
  [
    "a cell's key is unknown",
    "name: b\n",
    "name: b\n      size: 9 # here\n",
    "schema",
    /unknown key, expected one of name, location/,
  ],
  [
    "a resource group ends with a dot",
    "resource_group: cell-a",
    "resource_group: cell. # here",
    "schema",
    /no dot last/,
  ],
  [
    "a managed environment has two dashes in a row",
    "managed_environment: cell-a",
    "managed_environment: cell--a # here",
    "schema",
    /a managed environment's name/,
  ],
  ["a log workspace has 3 characters", "cell-a-logs", "abc # here", "schema", /4 to 63/],
  [
    "a storage account has a dash",
    "storage_account: cella",
    "storage_account: cell-a # here",
    "schema",
    /3 to 24 lowercase/,
  ],
  [
    "a storage account has 25 characters",
    "storage_account: cella",
    `storage_account: ${"c".repeat(25)} # here`,
    "schema",
    /3 to 24 lowercase/,
  ],
  [
    "an identity has 2 characters",
    "identity: cell-a-pull",
    "identity: id # here",
    "schema",
    /3 to 128/,
  ],
  [
    "storage is not premium",
    "Premium_ZRS",
    "Standard_LRS # here",
    "schema",
    /found "Standard_LRS", expected Premium_LRS or Premium_ZRS/,
  ],
]);

const RULES = editsOf(STACK_FILE, [
  [
    "two cells have one name",
    "storage_sku: Premium_ZRS\n",
    "storage_sku: Premium_ZRS\n    - name: a # here\n",
    "stack-config",
    /found "a", which the cell a has already/,
  ],
  [
    "two cells have one storage account",
    "name: b\n",
    "name: b\n      storage_account: cella # here\n",
    "stack-config",
    /found "cella", which the cell a has already/,
  ],
  [
    "the default cell is unknown",
    "default_cell: a",
    "default_cell: z # here",
    "unknown-cell",
    /found the cell "z", expected one of a, b/,
  ],
  [
    "the shared apps' cell is unknown",
    "shared_cell: b",
    "shared_cell: z # here",
    "unknown-cell",
    /found the cell "z", expected one of a, b/,
  ],
  [
    "a token is of an unknown repository",
    `    platform:\n${SECRET}`,
    `    orion: # here\n${SECRET}`,
    "unknown-repository",
    /token of the repository "orion"/,
  ],
  [
    "a token is of an unknown solution",
    "    acme:\n",
    "    acne: # here\n",
    "unknown-solution",
    /token of the solution "acne"/,
  ],
]);

/** What must be in no message. */
const CLEAR = "hunter2";

const SECRETS = editsOf(STACK_FILE, [
  [
    "a token stands in clear",
    "  slipway:customer_repository_token:\n    secure: v1:BBBB:BBBB\n",
    `  slipway:customer_repository_token: ${CLEAR} # here\n`,
    "schema",
    /found something else, expected a secret/,
  ],
  [
    "a repository's token stands in clear",
    `    platform:\n${SECRET}`,
    `    platform: ${CLEAR} # here\n`,
    "schema",
    /found something else, expected a secret/,
  ],
  [
    "tokens are one text",
    `  slipway:source_tokens:\n    platform:\n${SECRET}`,
    `  slipway:source_tokens: ${CLEAR} # here\n`,
    "schema",
    /found something else, expected a map of repository key/,
  ],
]).map((row): BadInput => ({ ...row, never: CLEAR }));

const SECOND_STACK = `config:
  azure-native:subscriptionId: 00000000-0000-4000-8000-736c69707761
  azure-native:location: westeurope
  slipway:environment: dev
  slipway:registry: { owned: false, id: ${ID} }
  slipway:cells: [{ name: c }]
`;

const SEVERAL: BadInput[] = [
  {
    when: "a stack's environment is unknown",
    edit: (checkout) =>
      checkout.write(
        "Pulumi.far.yaml",
        SECOND_STACK.replace("environment: dev", "environment: moon # here"),
      ),
    code: "unknown-environment",
    file: "Pulumi.far.yaml",
    says: /found the environment "moon"/,
  },
  {
    when: "two stacks own one registry",
    edit: (checkout) =>
      checkout.write(
        "Pulumi.far.yaml",
        SECOND_STACK.replace(
          `{ owned: false, id: ${ID} }`,
          "{ owned: true, name: slipwaydev } # here",
        ),
      ),
    code: "stack-config",
    file: "Pulumi.far.yaml",
    says: /slipwaydev, which the stack dev owns already/,
  },
  {
    when: "two stacks have one cell",
    edit: (checkout) =>
      checkout.write(
        "Pulumi.far.yaml",
        SECOND_STACK.replace("[{ name: c }]", "[{ name: b }] # here"),
      ),
    code: "stack-config",
    file: "Pulumi.far.yaml",
    says: /the cell "b", which the stack dev has already in dev/,
  },
  ...(
    [
      ["resource group", "resource_group: CELL-A", "CELL-A"],
      ["storage account", "storage_account: cella", "cella"],
    ] as const
  ).map(
    ([what, line, name]): BadInput => ({
      when: `two stacks have one ${what}`,
      edit: (checkout) =>
        checkout.write(
          "Pulumi.far.yaml",
          SECOND_STACK.replace("[{ name: c }]", `\n    - name: c\n      ${line} # here`),
        ),
      code: "stack-config",
      file: "Pulumi.far.yaml",
      says: new RegExp(
        `found the ${what} "${name}", which the cell a of the stack dev has already`,
      ),
    }),
  ),
  {
    when: "a registry is in a cell's resource group",
    edit: (checkout) =>
      checkout.edit(STACK_FILE, "    sku: Basic\n", "    sku: Basic\n    resource_group: Cell-A\n"),
    code: "stack-config",
    file: STACK_FILE,
    at: "resource_group: cell-a",
    says: /found the resource group "cell-a", which the registry of the stack dev has already/,
  },
  {
    when: "a stack has neither cells nor the registry",
    edit: (checkout) =>
      checkout.write("Pulumi.far.yaml", SECOND_STACK.replace("[{ name: c }]", "[] # here")),
    code: "stack-config",
    file: "Pulumi.far.yaml",
    says: /no cells and another stack's registry/,
  },
];

describe("a stack's shape", () => {
  itFindsEach(SHAPE);
});

describe("a stack's rules", () => {
  itFindsEach([...RULES, ...SEVERAL]);
});

describe("a stack's secrets", () => {
  itFindsEach(SECRETS);
});
