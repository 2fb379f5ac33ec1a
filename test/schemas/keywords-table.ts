/** One document per schema that has every key, and what each of its rules refuses. */
import type { SchemaName } from "../../schemas/index.ts";
import {
  capsuleConfig,
  capsuleManifest,
  capsuleRelease,
  signers,
} from "./keywords-capsule-table.ts";
import {
  COMMIT,
  DIGEST,
  LONG,
  NAME,
  REGISTRY_ID,
  type SchemaTable,
  SUBSCRIPTION,
  SUM,
  URL,
} from "./keywords-values.ts";

const catalogue: SchemaTable = {
  document: {
    schema_version: 1,
    repositories: { platform: { url: URL, aliases: ["aurora"], release_branch: "main" } },
    components: {
      web: {
        scheme: "semver",
        kind: "container",
        repository: "platform",
        path: "services/web",
        image: "web",
        dockerfile: "Dockerfile",
        platforms: ["linux/amd64"],
        build_args: { MODE: "fast" },
        chart: { app_version_of: "web" },
        binaries: { command: ["make", "all"], folder: "out" },
        package: { kind: "kustomize", folder: "deploy", path: "app" },
        attestations: { sbom: true, provenance: true, signature: true },
        cadence: "continuous",
        contract_test: ["make", "test"],
      },
    },
    apps: {
      web: {
        component: "web",
        scope: "solution",
        ingress: { external: true, port: 80 },
        resources: { cpu: 0.5, memory: "1Gi" },
        scale: { min: 0, max: 1 },
        mounts: [{ share: "customer", access: "read_only", path: "/data" }],
        env: { MODE: "fast", AGENT: { url_of: "agent" } },
        clones_customer_repository: false,
      },
    },
  },
  maps: `/ repositories repositories/platform components components/web components/web/build_args
    components/web/chart components/web/binaries components/web/package
    components/web/attestations apps apps/web
    apps/web/ingress apps/web/resources apps/web/scale apps/web/env apps/web/env/AGENT
    apps/web/mounts/0`,
  lists: `repositories/platform/aliases components/web/platforms components/web/binaries/command
    components/web/contract_test apps/web/mounts`,
  texts: `repositories/platform/url repositories/platform/aliases/0
    repositories/platform/release_branch components/web/repository components/web/path
    components/web/image components/web/dockerfile components/web/platforms/0
    components/web/build_args/MODE components/web/chart/app_version_of
    components/web/binaries/command/0 components/web/binaries/folder
    components/web/package/folder components/web/package/path components/web/contract_test/0 apps/web/component apps/web/resources/memory
    apps/web/mounts/0/path apps/web/env/MODE apps/web/env/AGENT/url_of`,
  flags: `components/web/attestations/sbom components/web/attestations/provenance
    components/web/attestations/signature apps/web/ingress/external
    apps/web/clones_customer_repository`,
  closed: `/ repositories/platform components/web components/web/chart components/web/binaries
    components/web/package components/web/attestations apps/web apps/web/ingress apps/web/resources apps/web/scale
    apps/web/mounts/0 apps/web/env/AGENT`,
  required: `schema_version repositories components apps repositories/platform/url
    components/web/scheme components/web/kind components/web/repository components/web/path
    components/web/cadence components/web/chart/app_version_of components/web/binaries/folder
    components/web/package/kind components/web/package/folder apps/web/component apps/web/scope apps/web/ingress apps/web/ingress/external
    apps/web/ingress/port apps/web/resources/cpu apps/web/resources/memory apps/web/scale/min
    apps/web/scale/max apps/web/mounts/0/share apps/web/mounts/0/access apps/web/mounts/0/path
    apps/web/env/AGENT/url_of`,
  refused: [
    ["schema_version", 2],
    ["repositories/platform/url", "http://git.example.com/platform.git"],
    ["repositories/platform/url", `https://git.example.com/${LONG(400)}.git`],
    ["repositories/platform/aliases", ["aurora", "aurora"]],
    ["repositories/platform/release_branch", "-main"],
    ["components/web/scheme", "none"],
    ["components/web/kind", "tarball"],
    ...NAME.map((name) => ["components/web/repository", name] as const),
    ["components/web/path", "../web"],
    ["components/web/path", LONG(201)],
    ["components/web/image", "Web"],
    ["components/web/image", LONG(201)],
    ["components/web/platforms", []],
    ["components/web/platforms", ["linux/amd64", "linux/amd64"]],
    ["components/web/platforms/0", "linux"],
    ["components/web/build_args/MODE", "two words"],
    ["components/web/build_args/MODE", LONG(1025)],
    ...NAME.map((name) => ["components/web/chart/app_version_of", name] as const),
    ["components/web/binaries/command", []],
    ["components/web/binaries/command/0", "make\n"],
    ["components/web/binaries/command/0", LONG(1025)],
    ["components/web/package/kind", "helm"],
    ["components/web/cadence", "daily"],
    ["components/web/contract_test/0", "make\n"],
    ["components/web/contract_test/0", LONG(1025)],
    ["apps/web/scope", "fleet"],
    ["apps/web/ingress/port", 80.5],
    ["apps/web/ingress/port", 0],
    ["apps/web/ingress/port", 65536],
    ["apps/web/resources/cpu", "0.5"],
    ["apps/web/resources/cpu", 0],
    ["apps/web/resources/cpu", 4.25],
    ["apps/web/resources/cpu", 0.3],
    ["apps/web/resources/memory", "1GB"],
    ["apps/web/scale/min", 0.5],
    ["apps/web/scale/min", -1],
    ["apps/web/scale/min", 1001],
    ["apps/web/scale/max", 1.5],
    ["apps/web/scale/max", 0],
    ["apps/web/scale/max", 1001],
    ["apps/web/mounts/0/share", "public"],
    ["apps/web/mounts/0/access", "write"],
    ["apps/web/mounts/0/path", "data"],
    ["apps/web/mounts/0/path", `/${LONG(200)}`],
    ["apps/web/env/AGENT/url_of", "Agent"],
  ],
  keys: [
    ["repositories", "Platform"],
    ["components", "Web"],
    ["components", "catalogue"],
    ["apps", "two-words"],
    ["components/web/build_args", "1ST"],
    ["apps/web/env", "1ST"],
    ["apps/web/env", LONG(129)],
  ],
};

const compatibility: SchemaTable = {
  document: { schema_version: 1, supported: [{ web: "^1.0.0", agent: "^1.0.0" }] },
  maps: "/ supported/0",
  lists: "supported",
  texts: "supported/0/web",
  closed: "/",
  required: "schema_version supported",
  refused: [
    ["supported/0", { web: "^1.0.0" }],
    ["supported/0/web", ""],
    ["supported/0/web", LONG(201)],
  ],
  keys: [["supported/0", "Web"]],
};

const decision: SchemaTable = {
  document: {
    schema_version: 1,
    component: "web",
    version: "1.0.0",
    decision: "yanked",
    decided_at: "2026-07-01",
    decided_by: "Somebody",
    reason: "It is broken.",
  },
  maps: "/",
  texts: "component version decided_at decided_by reason",
  closed: "/",
  required: "schema_version component version decision decided_at reason",
  refused: [
    ["version", "v/1"],
    ["version", LONG(129)],
    ["decision", "kept"],
    ["decided_at", "2026-07-32"],
    ["decided_by", "two\nlines"],
    ["decided_by", LONG(129)],
    ["reason", "two\nlines"],
    ["reason", LONG(501)],
  ],
};

const environment: SchemaTable = {
  document: {
    schema_version: 1,
    environment: "dev",
    platform: "1.2",
    versions: { web: "1.0.0" },
    overrides: [
      { ring: "early", versions: { web: "1.1.0" } },
      { solution: "acme", versions: { web: "1.1.0" } },
    ],
  },
  maps: "/ versions overrides/0 overrides/0/versions",
  lists: "overrides",
  texts: "environment platform versions/web overrides/0/ring overrides/1/solution",
  closed: "/ overrides/0",
  required: "schema_version environment overrides/0/versions",
  refused: [
    ["environment", "Dev"],
    ["environment", LONG(41)],
    ["platform", "1.2.3.4"],
    ["overrides/0", { versions: {} }],
    ["overrides/1", { versions: {} }],
    ["overrides/0", { versions: {}, ring: "early", solution: "acme" }],
  ],
  keys: [["versions", "Web"]],
};

const platform: SchemaTable = {
  document: {
    schema_version: 1,
    version: "1",
    released_at: "2026-07-01",
    components: { web: "1.0.0" },
  },
  maps: "/ components",
  texts: "version released_at components/web",
  closed: "/",
  required: "schema_version version released_at components",
  refused: [["components", {}]],
};

const legacy: SchemaTable = {
  document: {
    component: "web",
    version: "1.0.0",
    released_at: "2026-07-01",
    source: { repo: "aurora", path: "web", tag: "web/v1.0.0", commit: COMMIT },
    target: "container",
    artifact: { registry: "shared.azurecr.io", repository: "web", tag: "1.0.0", digest: DIGEST },
  },
  maps: "/ source artifact",
  texts: `component version released_at source/repo source/path source/tag source/commit
    artifact/registry artifact/repository artifact/tag artifact/digest`,
  closed: "/ source artifact",
  required: `component version released_at source target source/repo source/tag source/commit
    artifact/registry artifact/repository artifact/tag`,
  refused: [["target", "heroku"]],
};

const release: SchemaTable = {
  document: {
    schema_version: 1,
    component: "web",
    version: "1.0.0",
    released_at: "2026-07-01",
    source: { repo: "platform", path: "services/web", tag: "web/v1.0.0", commit: COMMIT },
    target: "container",
    artifact: {
      registry: "shared.azurecr.io",
      repository: "web",
      tag: "1.0.0",
      media_type: "application/vnd.oci.image.manifest.v1+json",
      digest: DIGEST,
      size: 1000,
      annotations: { "org.example.note": "text" },
      platforms: ["linux/amd64"],
    },
    attestations: { sbom: DIGEST, provenance: DIGEST, signature: DIGEST },
    capsule: { repository: "web-capsule", tag: `git-${COMMIT}`, digest: DIGEST },
    module: { path: "example.com/web/v2", sum: SUM },
  },
  maps: "/ source artifact artifact/annotations attestations capsule module",
  lists: "artifact/platforms",
  texts: `component version released_at source/repo source/path source/tag source/commit
    artifact/registry artifact/repository artifact/tag artifact/media_type artifact/digest
    artifact/annotations/org.example.note artifact/platforms/0 attestations/sbom
    attestations/provenance attestations/signature capsule/repository capsule/tag capsule/digest
    module/path module/sum`,
  closed: "/ source artifact attestations capsule module",
  required: `schema_version component version released_at source target source/repo source/path
    source/tag source/commit artifact/repository artifact/tag capsule/repository capsule/tag capsule/digest
    module/path module/sum`,
  refused: [
    ["target", "vercel"],
    ["source/tag", "-v1"],
    ["source/tag", LONG(201)],
    ["source/commit", "C".repeat(40)],
    ["artifact/registry", "localhost:5000"],
    ["artifact/media_type", "json"],
    ["artifact/digest", `sha256:${"D".repeat(64)}`],
    ["artifact/size", 0],
    ["artifact/size", 1.5],
    ["artifact/annotations", {}],
    ["artifact", { repository: "web", tag: "1.0.0", registry: "shared.azurecr.io" }, 3],
    ["artifact", { repository: "web", tag: "1.0.0", digest: DIGEST }, 3],
    ["artifact", { repository: "web", tag: "1.0.0", media_type: "text/plain" }, 3],
    ["artifact", { repository: "web", tag: "1.0.0", size: 1000 }, 3],
    ["artifact", { repository: "web", tag: "1.0.0", annotations: { note: "text" } }, 2],
    ["artifact", { repository: "web", tag: "1.0.0", platforms: ["linux/amd64"] }, 2],
    ["artifact/annotations/org.example.note", LONG(1025)],
    ["artifact/platforms", []],
    ["artifact/platforms", ["linux/amd64", "linux/amd64"]],
    ["attestations", {}],
    ["capsule/tag", "1.0.0"],
    ["module/path", "web"],
    ["module/path", `example.com/${LONG(400)}`],
    ["module/sum", "h1:short="],
  ],
  keys: [["artifact/annotations", "two words"]],
};

const solutions: SchemaTable = {
  document: {
    schema_version: 1,
    defaults: { environment: "dev", ring: "early", customer_repository: URL },
    solutions: [
      {
        id: "acme",
        name: "Acme",
        environment: "dev",
        cell: "a",
        state: "active",
        ring: "early",
        customer_repository: URL,
        env: { MODE: "fast" },
        keep_data: false,
      },
    ],
  },
  maps: "/ defaults solutions/0 solutions/0/env",
  lists: "solutions",
  texts: `defaults/environment defaults/ring defaults/customer_repository solutions/0/id
    solutions/0/name solutions/0/environment solutions/0/cell solutions/0/ring
    solutions/0/customer_repository solutions/0/env/MODE`,
  flags: "solutions/0/keep_data",
  closed: "/ defaults solutions/0",
  required: "schema_version solutions solutions/0/id solutions/0/name",
  refused: [
    ["solutions/0/state", "gone"],
    ["solutions/0/env/MODE", LONG(4097)],
  ],
  keys: [["solutions/0/env", "SLIPWAY_MODE"]],
};

const CELL = "config/slipway:cells/0";
const secret = () => ({ secure: "v1:AAAA:AAAA" });
const owned = {
  owned: true,
  name: "shared",
  sku: "Basic",
  resource_group: "rg",
  location: "westeurope",
};
const stack: SchemaTable = {
  document: {
    encryptionsalt: "v1:AAAA",
    encryptedkey: "AAAA",
    secretsprovider: "passphrase",
    environment: { imports: [] },
    config: {
      "azure-native:subscriptionId": SUBSCRIPTION,
      "azure-native:location": "westeurope",
      "aws:region": "eu-west-1",
      "slipway:environment": "dev",
      "slipway:ephemeral": true,
      "slipway:builder": { buildkit: "local" },
      "slipway:registry": owned,
      "slipway:cells": [
        {
          name: "a",
          location: "westeurope",
          resource_group: "rg-a",
          managed_environment: "cae-a",
          log_workspace: "log-a",
          storage_account: "sta",
          identity: "id-a",
          storage_sku: "Premium_LRS",
        },
      ],
      "slipway:default_cell": "a",
      "slipway:shared_cell": "a",
      "slipway:share_quota_gib": 100,
      "slipway:source_tokens": { platform: secret() },
      "slipway:customer_repository_token": secret(),
      "slipway:customer_repository_tokens": { acme: secret() },
    },
  },
  maps: `/ config config/slipway:registry ${CELL} config/slipway:source_tokens
    config/slipway:customer_repository_token config/slipway:customer_repository_tokens`,
  lists: "config/slipway:cells",
  texts: `encryptionsalt encryptedkey secretsprovider config/azure-native:subscriptionId
    config/azure-native:location config/slipway:environment config/slipway:registry/name
    config/slipway:registry/resource_group ${CELL}/name ${CELL}/location ${CELL}/resource_group
    ${CELL}/managed_environment ${CELL}/log_workspace ${CELL}/storage_account ${CELL}/identity
    config/slipway:default_cell config/slipway:shared_cell
    config/slipway:customer_repository_token/secure`,
  flags: "config/slipway:ephemeral",
  closed: `/ config/slipway:registry ${CELL} config/slipway:customer_repository_token`,
  required: `config config/azure-native:subscriptionId config/azure-native:location
    config/slipway:environment config/slipway:registry config/slipway:cells
    config/slipway:registry/owned ${CELL}/name config/slipway:customer_repository_token/secure`,
  refused: [
    ["config/azure-native:subscriptionId", "dev"],
    ["config/azure-native:location", "West Europe"],
    ["config/azure-native:location", LONG(61)],
    ["config/slipway:builder", "kaniko"],
    ["config/slipway:builder", {}],
    ["config/slipway:builder", { buildkit: 5 }],
    ["config/slipway:builder", { buildkit: "-local" }],
    ["config/slipway:builder", { buildkit: "local", driver: "docker" }],
    ["config/slipway:registry/owned", "yes"],
    ["config/slipway:registry/name", "a-b"],
    ["config/slipway:registry/sku", "Free"],
    ["config/slipway:registry/resource_group", "rg."],
    ["config/slipway:registry", { owned: false }],
    ["config/slipway:registry", { owned: false, id: 5 }],
    ["config/slipway:registry", { owned: false, id: "shared" }],
    ["config/slipway:registry", { owned: false, id: REGISTRY_ID, sku: "Basic" }],
    [`${CELL}/managed_environment`, "cae--a"],
    [`${CELL}/log_workspace`, "a"],
    [`${CELL}/storage_account`, "a"],
    [`${CELL}/identity`, "a"],
    [`${CELL}/storage_sku`, "Standard_LRS"],
    ["config/slipway:share_quota_gib", 100.5],
    ["config/slipway:share_quota_gib", 99],
    ["config/slipway:share_quota_gib", 102401],
  ],
  keys: [
    ["config/slipway:source_tokens", "Platform"],
    ["config", "slipway:ephemaral"],
  ],
};

export const TABLES: Readonly<Record<SchemaName, SchemaTable>> = {
  "capsule-config": capsuleConfig,
  "capsule-manifest": capsuleManifest,
  "capsule-release": capsuleRelease,
  catalogue,
  compatibility,
  decision,
  environment,
  platform,
  release,
  "release-legacy": legacy,
  signers,
  solutions,
  stack,
};
