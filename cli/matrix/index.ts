import Table from "cli-table3";
import { runningCombinations } from "../../config/index.ts";
import { judgeCombination } from "../../registry/index.ts";
import { openCheckout } from "../checkout.ts";
import { findRoot } from "../root.ts";
import type { Note } from "../types.ts";
import { type ContractResult, testContracts } from "./contracts.ts";

export interface MatrixOptions {
  cwd?: string;
  /** Whether the contract tests are run. */
  test?: boolean;
  note: Note;
}

/** The document of `slipway matrix`. */
export interface MatrixDocument {
  /** Whether what runs is supported and no contract test failed. */
  ok: boolean;
  /** About what runs. */
  verdict: "supported" | "unsupported";
  /** The rows, with their lines in releases/compatibility.yaml. */
  supported: readonly { line: number; ranges: Readonly<Record<string, string>> }[];
  /** Per environment the combinations that its pointers make run. */
  running: Readonly<Record<string, readonly JudgedCombination[]>>;
  /** With `--test`: one per declared pair. */
  tests?: readonly ContractResult[];
}

export interface JudgedCombination {
  versions: Readonly<Record<string, string>>;
  /** Ids of the active solutions that run these versions. */
  solutions: readonly string[];
  supported: boolean;
  /** Lines of the rows that it is in. */
  rows: readonly number[];
  refusals: readonly string[];
  /** Components that no row names. */
  undeclared: readonly string[];
}

/** @throws SlipwayError with every problem of the checkout */
export async function matrix({ cwd, test, note }: MatrixOptions): Promise<MatrixDocument> {
  const root = findRoot(cwd);
  const checkout = await openCheckout(root);
  const { catalogue, compatibility } = checkout.registry;
  const running = Object.fromEntries(
    [...checkout.environments.values()].map((environment) => [
      environment.name,
      runningCombinations(checkout, environment).map(({ versions, solutions }) => ({
        versions: Object.fromEntries(versions),
        solutions,
        ...judgeCombination(catalogue, compatibility, versions),
      })),
    ]),
  );
  const isSupported = Object.values(running).every((list) => list.every((one) => one.supported));
  const tests = test === true ? await testContracts(root, checkout.registry, note) : undefined;
  return {
    ok: isSupported && tests?.every(({ passed }) => passed) !== false,
    verdict: isSupported ? "supported" : "unsupported",
    supported: compatibility.rows.map(({ line, ranges }) => ({
      line,
      ranges: Object.fromEntries(ranges),
    })),
    running,
    ...(tests !== undefined && { tests }),
  };
}

export function printMatrix({ verdict, supported, running, tests }: MatrixDocument): string {
  const names = [...new Set(supported.flatMap(({ ranges }) => Object.keys(ranges)))];
  const table = new Table({
    head: ["line", ...names],
    style: { head: [], border: [], compact: true },
  });
  for (const { line, ranges } of supported) {
    table.push([String(line), ...names.map((name) => ranges[name] ?? "")]);
  }
  const lines = Object.entries(running).flatMap(([environment, combinations]) =>
    combinations.flatMap((one) => runningLines(environment, one)),
  );
  return [
    ...(supported.length > 0 ? [table.toString()] : []),
    ...lines,
    ...(tests ?? []).map(contractLine),
    `what runs is ${verdict}`,
  ].join("\n");
}

function runningLines(environment: string, one: JudgedCombination): string[] {
  const who = one.solutions.length === 0 ? "" : ` (${one.solutions.join(", ")})`;
  const versions = Object.entries(one.versions).map(([name, version]) => `${name} ${version}`);
  const where = one.rows.length === 0 ? "" : `, line ${one.rows.join(", ")}`;
  const verdict = one.supported ? `supported${where}` : "not supported";
  return [
    `${environment}${who}: ${versions.join(", ")}: ${verdict}`,
    ...one.refusals.map((refusal) => `  ${refusal}`),
    ...(one.undeclared.length > 0 ? [`  in no row: ${one.undeclared.join(", ")}`] : []),
  ];
}

function contractLine({ component, version, with: other, passed, reason }: ContractResult): string {
  const what = `${component} ${version} with ${other.component} ${other.version}`;
  return passed ? `passed: ${what}` : `failed: ${what}: ${reason}`;
}
