/** Freezes one version per component under one number (D-02). */
import {
  type Checkout,
  comparePlatforms,
  type Environment,
  loadCheckout,
  recordOf,
  yankedRelease,
} from "../config/index.ts";
import {
  COMPATIBILITY_FILE,
  type Component,
  isStable,
  judgeCombination,
  type PlatformManifest,
  platformFile,
  type ReleaseRecord,
  writePlatform,
} from "../registry/index.ts";
import { type Problem, SlipwayError } from "../schemas/index.ts";

export interface PlatformOptions {
  /** Folder of the checkout. */
  root: string;
  /** The X of `v<X>.yaml`. */
  version: string;
  /** Its pointers go before the newest releases; overrides of rings and solutions do not count. */
  environment?: string;
  /** `YYYY-MM-DD`; today in UTC unless given. */
  date?: string;
  /** Work it out and write nothing. */
  dryRun?: boolean;
}

/** The document of `slipway release platform@<X>`. */
export interface PlatformRelease {
  platform: string;
  /** Relative to the root. */
  file: string;
  released_at: string;
  components: Readonly<Record<string, string>>;
  /** Components without a release that could be frozen. */
  without: readonly string[];
  /** Components whose frozen release is recorded and not built yet. */
  pending: readonly string[];
  /** `unchanged`: the version was released before, and stays what it is. */
  outcome: "written" | "unchanged" | "planned";
}

/**
 * Writes a platform manifest, unless the version is there already. Nothing is tagged or pushed: the
 * manifest is a file of the fleet's own repository.
 *
 * @throws SlipwayError with every problem of the checkout; `usage` for a malformed version,
 *   `unknown-environment`, `compatibility` for versions that no row supports, `yanked`, and
 *   `version-taken` when an environment was named and the version says otherwise than its pointers
 */
export async function releasePlatform(options: PlatformOptions): Promise<PlatformRelease> {
  const { root, version, dryRun = false } = options;
  if (!/^[0-9]+(\.[0-9]+){0,2}$/.test(version)) {
    throw new SlipwayError({
      code: "usage",
      message: `${JSON.stringify(version)} is no platform version: expected numbers joined by dots, such as platform@1 or platform@1.2`,
    });
  }
  const { checkout, problems } = await loadCheckout(root);
  if (checkout === undefined) throw new SlipwayError(problems);
  const present = checkout.registry.platforms.find(
    (platform) => comparePlatforms(platform.version, version) === 0,
  );
  if (present !== undefined) return released(present, options, checkout);
  const { components, without } = planPlatform(checkout, options.environment);
  const releasedAt = options.date ?? new Date().toISOString().slice(0, 10);
  const made = {
    platform: version,
    file: platformFile(version),
    released_at: releasedAt,
    components: Object.fromEntries(components),
    without,
    pending: pendingOf(checkout, components),
  };
  if (dryRun) return { ...made, outcome: "planned" };
  const outcome = await writePlatform(root, { version, releasedAt, components });
  // Of two at once the other one was first: what it wrote is the version now.
  return outcome === "written" ? { ...made, outcome } : releasePlatform(options);
}

/**
 * One version per component: what the environment points at, and the newest stable release of what it
 * does not name. Pure.
 *
 * @throws SlipwayError as `releasePlatform`
 */
export function planPlatform(
  checkout: Pick<Checkout, "registry" | "environments">,
  environmentName?: string,
): { components: ReadonlyMap<string, string>; without: readonly string[] } {
  const { catalogue, compatibility, records } = checkout.registry;
  const environment = environmentOf(checkout, environmentName);
  const components = new Map<string, string>();
  const without: string[] = [];
  const problems: Problem[] = [];
  for (const component of [...catalogue.components.values()].sort(byName)) {
    const version =
      environment?.versions.get(component.name) ??
      newestStable(component, records.get(component.name) ?? [])?.version;
    if (version === undefined) {
      without.push(component.name);
      continue;
    }
    components.set(component.name, version);
    const record = recordOf(checkout.registry, component.name, version);
    if (record?.yanked === undefined) continue;
    problems.push({
      code: "yanked",
      ...(environment && { file: environment.file }),
      message: `found ${yankedRelease(record)}, expected a release that stands; point ${environment?.name} at another version first`,
    });
  }
  const { refusals } = judgeCombination(catalogue, compatibility, components);
  problems.push(
    ...refusals.map((refusal) => ({
      code: "compatibility" as const,
      file: COMPATIBILITY_FILE,
      message: `found versions that are not supported together: ${refusal}; ${environment === undefined ? "freeze what an environment runs with --env" : `point ${environment.name} at supported versions`}, or add a row`,
    })),
  );
  if (problems.length > 0) throw new SlipwayError(problems);
  return { components, without };
}

function pendingOf(
  { registry }: Pick<Checkout, "registry">,
  components: ReadonlyMap<string, string>,
): string[] {
  const isPending = ([component, version]: [string, string]) =>
    recordOf(registry, component, version)?.status === "pending";
  return [...components].filter(isPending).map(([component]) => component);
}

/** What stands under the version already. */
function released(
  present: PlatformManifest,
  { version, environment }: PlatformOptions,
  checkout: Checkout,
): PlatformRelease {
  const refuse = (difference: string) =>
    new SlipwayError({
      code: "version-taken",
      file: present.file,
      message: `found the platform ${present.version}, released on ${present.releasedAt}, ${difference}; a released version never changes, release another one`,
    });
  if (present.version !== version) throw refuse(`expected no version equal to ${version}`);
  const pointers = environmentOf(checkout, environment)?.versions ?? new Map<string, string>();
  const other = [...pointers].find(
    ([component, pointed]) => present.components.get(component) !== pointed,
  );
  if (other !== undefined) {
    const [component, pointed] = other;
    throw refuse(
      `with ${component} ${present.components.get(component) ?? "in no version"}, expected ${pointed} as ${environment} points at`,
    );
  }
  return {
    platform: version,
    file: present.file,
    released_at: present.releasedAt,
    components: Object.fromEntries(present.components),
    without: [],
    pending: pendingOf(checkout, present.components),
    outcome: "unchanged",
  };
}

function environmentOf(
  { environments }: Pick<Checkout, "environments">,
  name: string | undefined,
): Environment | undefined {
  const environment = name === undefined ? undefined : environments.get(name);
  if (name === undefined || environment !== undefined) return environment;
  throw new SlipwayError({
    code: "unknown-environment",
    message: `found no environment ${JSON.stringify(name)}, expected one of ${[...environments.keys()].join(", ") || "none"}; correct --env`,
  });
}

/** Of what can be released again: neither history nor yanked. Newest versions stand first. */
function newestStable(
  { scheme }: Component,
  records: readonly ReleaseRecord[],
): ReleaseRecord | undefined {
  return records.find(
    ({ version, status, yanked }) =>
      status !== "history" && yanked === undefined && isStable(scheme, version),
  );
}

function byName(a: Component, b: Component): number {
  return a.name < b.name ? -1 : 1;
}
