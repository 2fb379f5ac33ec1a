import { describe } from "vitest";
import { type BadInput, editsOf, itFindsEach } from "../fixtures/bad-input.ts";

const FILE = "releases/catalogue.yaml";

/** Unique pieces of the sample catalogue. */
const AGENT_INGRESS = "ingress: { external: false, port: 8080 }\n";
const MC = "component: maxq-orbit-agent-webapp\n";
const REGISTRY = "component: registry-service\n    scope: shared\n";
const CALVER = "scheme: calver\n";
const SERVICE = "  registry-service:\n    scheme";
const MC_MOUNT =
  "scale: { min: 0, max: 1 }\n    mounts:\n      - { share: customer, access: read_only, path: /repo }\n";
const ORBIT_REGISTRY = "AGENT_URL: { url_of: agent }\n      REGISTRY_URL: { url_of: registry }";
const LIBRARY = `  library:
    scheme: semver
    kind: go_module
    repository: platform
    path: library
    cadence: as_needed
`;

const withBuildArgument = (text: string) => `${CALVER}    build_args: { ${text} } # here\n`;

const SHAPE = editsOf(FILE, [
  [
    "a key is unknown",
    CALVER,
    `${CALVER}    colour: red # here\n`,
    "schema",
    /unknown key, expected one of scheme, kind/,
  ],
  [
    "a required key is missing",
    `${SERVICE}: calver\n    kind: container\n`,
    "  registry-service: # here\n    scheme: calver\n",
    "schema",
    /no "kind", expected container, helm_chart/,
  ],
  [
    "a scheme is unknown",
    CALVER,
    "scheme: dates # here\n",
    "schema",
    /found "dates", expected semver or calver/,
  ],
  [
    "a kind is unknown",
    `${CALVER}    kind: container`,
    `${CALVER}    kind: zip # here`,
    "schema",
    /found "zip", expected container/,
  ],
  [
    "a cadence is unknown",
    "cadence: monthly",
    "cadence: weekly # here",
    "schema",
    /found "weekly", expected continuous/,
  ],
  [
    "the format's version is unknown",
    "schema_version: 1",
    "schema_version: 2 # here",
    "schema",
    /found the number 2, expected 1/,
  ],
  [
    "a repository's URL is not https",
    "url: https://git.example.com/platform/registry-service.git",
    "url: git@git.example.com:registry-service.git # here",
    "schema",
    /expected https:/,
  ],
  [
    "a repository's URL carries a user",
    "https://git.example.com/platform/registry-service.git",
    "https://me:pw@git.example.com/registry-service.git # here",
    "schema",
    /without user/,
  ],
  [
    "a repository's URL lacks .git",
    "platform/registry-service.git",
    "platform/registry-service # here",
    "schema",
    /<path>\.git/,
  ],
  [
    "an alias is malformed",
    "aliases: [aurora]",
    "aliases: [Aurora] # here",
    "schema",
    /found "Aurora", expected a repository's key/,
  ],
  [
    "a release branch is malformed",
    "release_branch: main\n  registry-service:",
    "release_branch: --main # here\n  registry-service:",
    "schema",
    /found "--main", expected a branch/,
  ],
  [
    "a path leaves the repository",
    "path: service\n",
    "path: ../service # here\n",
    "schema",
    /expected a folder inside/,
  ],
  [
    "a Dockerfile's path has a space",
    CALVER,
    `${CALVER}    dockerfile: a b # here\n`,
    "schema",
    /found "a b", expected a folder/,
  ],
  [
    "an image has an uppercase letter",
    "image: registry-service",
    "image: Registry # here",
    "schema",
    /found "Registry", expected a repository of the image registry/,
  ],
  [
    "a platform is malformed",
    CALVER,
    `${CALVER}    platforms: [amd64] # here\n`,
    "schema",
    /linux\/amd64/,
  ],
  [
    "there is no platform",
    CALVER,
    `${CALVER}    platforms: [] # here\n`,
    "schema",
    /found a list of 0/,
  ],
  [
    "a build argument's name is malformed",
    CALVER,
    withBuildArgument("A-B: x"),
    "schema",
    /the key "A-B"/,
  ],
  [
    "a build argument's value has a space",
    CALVER,
    withBuildArgument("A: x y"),
    "schema",
    /found "x y", expected text without white space/,
  ],
  [
    "a build argument's value has a variable of the shell's",
    CALVER,
    withBuildArgument('A: "$HOME"'),
    "schema",
    /found "\$HOME", expected text without .*\$/,
  ],
  [
    "a component is called platform",
    SERVICE,
    "  platform: # here\n    scheme",
    "schema",
    /other than catalogue and platform/,
  ],
  [
    "a component's name has an underscore",
    SERVICE,
    "  registry_service: # here\n    scheme",
    "schema",
    /the key "registry_service", expected a component's name/,
  ],
  [
    "an app's key has a dash",
    "  mc:\n",
    "  mission-control: # here\n",
    "schema",
    /the key "mission-control", expected an app's key/,
  ],
  [
    "an app's key has 20 characters",
    "  mc:\n",
    `  ${"m".repeat(20)}: # here\n`,
    "schema",
    /at most 19/,
  ],
  [
    "a scope is unknown",
    `${MC}    scope: solution`,
    `${MC}    scope: tenant # here`,
    "schema",
    /found "tenant", expected solution or shared/,
  ],
  [
    "a port is out of range",
    AGENT_INGRESS,
    "ingress: { external: false, port: 80800 } # here\n",
    "schema",
    /found the number 80800, expected a port/,
  ],
  [
    "cores are no step of 0.25",
    "cpu: 1, memory: 2Gi }",
    "cpu: 0.3, memory: 2Gi } # here",
    "schema",
    /found the number 0.3, expected cores/,
  ],
  [
    "memory has another unit",
    "memory: 2Gi }",
    "memory: 2048Mi } # here",
    "schema",
    /found "2048Mi", expected memory/,
  ],
  [
    "no replica may run",
    "scale: { min: 1, max: 3 }",
    "scale: { min: 0, max: 0 } # here",
    "schema",
    /found the number 0, expected a whole number from 1/,
  ],
  [
    "a share is unknown",
    "{ share: internal, access: read_write, path: /var/lib/orbit }",
    "{ share: methodology, access: read_write, path: /var } # here",
    "schema",
    /found "methodology", expected customer or internal/,
  ],
  [
    "an access is unknown",
    "internal, access: read_write, path: /var/lib/orbit }",
    "internal, access: full, path: /var/lib/orbit } # here",
    "schema",
    /found "full", expected read_only or read_write/,
  ],
  [
    "a mount's path is relative",
    "path: /var/lib/orbit }",
    "path: var } # here",
    "schema",
    /found "var", expected an absolute path/,
  ],
  [
    "a variable takes a name of the program",
    "STATE_PATH: /var/lib/orbit",
    "SLIPWAY_APP: x # here",
    "schema",
    /the key "SLIPWAY_APP"/,
  ],
  [
    "a variable's value is a number",
    "STATE_PATH: /var/lib/orbit",
    "STATE_PATH: 8 # here",
    "schema",
    /found the number 8, .*put it in quotes/,
  ],
  [
    "a variable's reference is misspelt",
    "STATE_PATH: /var/lib/orbit",
    "STATE_PATH: { url_of: orbit, urlof: x } # here",
    "schema",
    /unknown key, expected one of url_of/,
  ],
]);

const RULES = editsOf(FILE, [
  [
    "an alias is another repository's key",
    "aliases: [aurora]",
    "aliases: [aurora, registry-service] # here",
    "catalogue-rule",
    /"registry-service", which names the repository registry-service/,
  ],
  [
    "a component's repository is unknown",
    "repository: registry-service\n",
    "repository: registry # here\n",
    "unknown-repository",
    /found the repository "registry", expected one of platform, registry-service/,
  ],
  [
    "two components have one image",
    "image: registry-service",
    "image: orbit-webapp # here",
    "catalogue-rule",
    /which orbit-webapp has already/,
  ],
  [
    "an app's component is unknown",
    MC,
    "component: mission # here\n",
    "unknown-component",
    /found the component "mission"/,
  ],
  [
    "a variable refers to an unknown app",
    "{ url_of: orbit }",
    "{ url_of: workspace } # here",
    "unknown-app",
    /found the app "workspace"/,
  ],
  [
    "a shared app refers to a solution's",
    `max: 3 }\n    env:\n      REGISTRY_URL: { url_of: registry }`,
    `max: 3 }\n    env:\n      REGISTRY_URL: { url_of: orbit } # here`,
    "catalogue-rule",
    /found orbit, which every solution has one of/,
  ],
  [
    "a component's build argument is compiled into pages",
    CALVER,
    withBuildArgument("NEXT_PUBLIC_TITLE: Orbit"),
    "build-argument",
    /NEXT_PUBLIC_ argument/,
  ],
  [
    "a build argument holds a URL",
    CALVER,
    withBuildArgument('API: "https://api.example.com"'),
    "build-argument",
    /found a URL/,
  ],
  [
    "a build argument holds an app's address",
    CALVER,
    withBuildArgument("API: orbit-1.west.azurecontainerapps.io"),
    "build-argument",
    /found a URL/,
  ],
  [
    "a build argument holds a solution's id",
    CALVER,
    withBuildArgument("TITLE: for-blue-sun"),
    "build-argument",
    /the solution blue-sun/,
  ],
  [
    "a build argument holds a solution's hash",
    CALVER,
    withBuildArgument("TITLE: orbit-cb00c5a95d27"),
    "build-argument",
    /the solution hooli/,
  ],
  [
    "an app's component is no container",
    "apps:\n  orbit:\n    component: orbit-webapp\n",
    `${LIBRARY}apps:\n  orbit:\n    component: library # here\n`,
    "catalogue-rule",
    /library, which is a go_module/,
  ],
  [
    "an app's component is named like a property of every object",
    "component: registry-service\n",
    "component: constructor # here\n",
    "unknown-component",
    /found the component "constructor"/,
  ],
  [
    "a container's name is too long for an ACR Task",
    SERVICE,
    `  ${"s".repeat(45)}: # here
    scheme: semver
    kind: container
    repository: platform
    path: other
    cadence: as_needed
${SERVICE}`,
    "catalogue-rule",
    /45 characters, expected at most 44/,
  ],
  [
    "an image is for more than one platform, and an ACR Task builds it",
    CALVER,
    `${CALVER}    platforms: [linux/amd64, linux/arm64] # here\n`,
    "catalogue-rule",
    /found linux\/amd64, linux\/arm64, .*the stack dev builds by ACR Tasks/,
  ],
  [
    "memory is not twice the cores",
    "cpu: 1, memory: 2Gi }",
    "cpu: 1, memory: 1Gi } # here",
    "catalogue-rule",
    /found 1Gi beside cpu 1, expected 2Gi/,
  ],
  [
    "an app that clones has more than one replica",
    "scale: { min: 0, max: 1 }\n    mounts:\n      - { share: customer, access: read_write",
    "scale: { min: 0, max: 2 } # here\n    mounts:\n      - { share: customer, access: read_write",
    "catalogue-rule",
    /found at most 2 replicas of an app that clones/,
  ],
  [
    "least replicas exceed most",
    "scale: { min: 1, max: 3 }",
    "scale: { min: 4, max: 3 } # here",
    "catalogue-rule",
    /min 4 above max 3/,
  ],
  [
    "a shared app mounts a share",
    REGISTRY,
    `${REGISTRY}    mounts: [{ share: customer, access: read_only, path: /repo }] # here\n`,
    "catalogue-rule",
    /mounts of a shared app/,
  ],
  [
    "the internal share is mounted read_only",
    "internal, access: read_write, path: /var/lib/orbit }",
    "internal, access: read_only, path: /var/lib/orbit } # here",
    "catalogue-rule",
    /internal share read_only/,
  ],
  [
    "one mount's path lies inside another's",
    "path: /var/lib/orbit }",
    "path: /repo/state } # here",
    "catalogue-rule",
    /no path inside another/,
  ],
  [
    "a second app writes the customer share",
    MC_MOUNT,
    MC_MOUNT.replace("mounts:", "mounts: # here").replace("read_only", "read_write"),
    "catalogue-rule",
    /which agent has already, expected one writer/,
  ],
  [
    "a second app sees the internal share",
    MC_MOUNT,
    `${MC_MOUNT.replace("mounts:", "mounts: # here")}      - { share: internal, access: read_write, path: /in }\n`,
    "catalogue-rule",
    /internal share, which agent has already/,
  ],
  [
    "an app clones into nothing that it may write",
    REGISTRY,
    `${REGISTRY}    clones_customer_repository: true # here\n`,
    "catalogue-rule",
    /without a read_write mount/,
  ],
]);

const TWO_EDITS: BadInput[] = [
  {
    when: "one app writes the customer share and another sees the internal one",
    edit: (checkout) => {
      checkout.edit(
        FILE,
        "      - { share: internal, access: read_write, path: /var/lib/orbit }\n",
        "",
      );
      checkout.edit(
        FILE,
        MC_MOUNT,
        `${MC_MOUNT.replace("mounts:", "mounts: # here")}      - { share: internal, access: read_write, path: /in }\n`,
      );
    },
    code: "catalogue-rule",
    file: FILE,
    says: /agent writes the customer share, expected one app to do both/,
  },
  {
    when: "a solution's app refers to a shared app that only one cell reaches",
    edit: (checkout) => {
      checkout.edit(FILE, ORBIT_REGISTRY, `${ORBIT_REGISTRY} # here`);
      checkout.edit(
        FILE,
        `${REGISTRY}    ingress: { external: true`,
        `${REGISTRY}    ingress: { external: false`,
      );
    },
    code: "catalogue-rule",
    file: FILE,
    says: /registry, a shared app with internal ingress/,
  },
];

describe("the catalogue's shape", () => {
  itFindsEach(SHAPE);
});

describe("the catalogue's rules", () => {
  itFindsEach([...RULES, ...TWO_EDITS]);
});
