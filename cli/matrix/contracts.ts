import { execa } from "execa";
import {
  type Component,
  type ReleaseRecord,
  type ReleaseRegistry,
  satisfiesRange,
} from "../../registry/index.ts";
import type { Note } from "../types.ts";

/** How one contract test ended. */
export interface ContractResult {
  component: string;
  version: string;
  with: { component: string; version: string };
  passed: boolean;
  /** Why it did not: exit code, signal, or that it could not be started. */
  reason?: string;
}

/** A release with a contract test, and the release that it is tested against. */
export interface ContractPair {
  component: Component;
  release: ReleaseRecord;
  other: ReleaseRecord;
}

const TAIL_LINES = 20;

/**
 * The pairs that the matrix declares (D-26): of each row, every component with a contract test
 * beside every other component, each at its newest release in the row's range. Each pair once.
 */
export function declaredPairs({ catalogue, compatibility, records }: ReleaseRegistry) {
  const pairs = new Map<string, ContractPair>();
  for (const { ranges } of compatibility.rows) {
    const newest = new Map(
      [...ranges].flatMap(([name, range]) => {
        const scheme = catalogue.components.get(name)?.scheme;
        const release = records
          .get(name)
          ?.find(
            ({ version, status, yanked }) =>
              status !== "history" &&
              yanked === undefined &&
              scheme !== undefined &&
              satisfiesRange(scheme, version, range),
          );
        return release === undefined ? [] : [[name, release] as const];
      }),
    );
    for (const [name, release] of newest) {
      const component = catalogue.components.get(name);
      if (component === undefined || component.contractTest.length === 0) continue;
      for (const other of newest.values()) {
        if (other !== release)
          pairs.set(`${idOf(release)} ${idOf(other)}`, { component, release, other });
      }
    }
  }
  return [...pairs.values()];
}

/** Runs the contract test of each declared pair, one after the other. */
export async function testContracts(
  root: string,
  registry: ReleaseRegistry,
  note: Note,
): Promise<ContractResult[]> {
  const results: ContractResult[] = [];
  for (const pair of declaredPairs(registry)) results.push(await testContract(root, pair, note));
  return results;
}

async function testContract(
  root: string,
  { component, release, other }: ContractPair,
  note: Note,
): Promise<ContractResult> {
  const [program = "", ...args] = component.contractTest;
  note(`testing ${idOf(release)} with ${idOf(other)}: ${component.contractTest.join(" ")}`);
  const ended = await execa(program, args, {
    cwd: root,
    env: { ...variables("SLIPWAY_", release), ...variables("SLIPWAY_WITH_", other) },
    stdin: "ignore",
    all: true,
    reject: false,
  });
  if (ended.failed) for (const line of ended.all.split("\n").slice(-TAIL_LINES)) note(`  ${line}`);
  const reason =
    ended.exitCode === undefined
      ? (ended.code ?? ended.signal ?? "no exit code")
      : `exit code ${ended.exitCode}`;
  return {
    component: release.component,
    version: release.version,
    with: { component: other.component, version: other.version },
    passed: !ended.failed,
    ...(ended.failed && { reason }),
  };
}

/** What a contract test is told of a release. The image is there once it was built. */
function variables(prefix: string, { component, version, source, artifact }: ReleaseRecord) {
  const { registry, repository, digest } = artifact ?? {};
  return {
    [`${prefix}COMPONENT`]: component,
    [`${prefix}VERSION`]: version,
    [`${prefix}COMMIT`]: source.commit,
    ...(digest !== undefined && { [`${prefix}IMAGE`]: `${registry}/${repository}@${digest}` }),
  };
}

function idOf({ component, version }: ReleaseRecord): string {
  return `${component}@${version}`;
}
