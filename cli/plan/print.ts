import Table from "cli-table3";
import { formatProblem } from "../../schemas/problem.ts";
import type { Change, Summary } from "../engine/changes.ts";
import type { PlanDocument } from "./index.ts";
import { type AppChange, isChanged, type Running, type SolutionChange } from "./translate.ts";

const SIGNS: Readonly<Record<Change, string>> = {
  create: "+ create",
  update: "~ update",
  replace: "± replace",
  delete: "- delete",
  same: "  same",
};
/** Characters of a digest that people compare. */
const DIGEST_LENGTH = 12;

/** The preview as text: what changes, and counts of what does not. */
export function printPlan(document: PlanDocument): string {
  const rows = [
    ...document.solutions.filter(isChanged).flatMap(solutionRows),
    ...changed(document.apps).map((app) => appRow("(shared)", app)),
    ...changed(document.others).map(({ type, name, change }) => [
      "(stack)",
      `${lastPart(type)} ${name}`,
      "",
      "",
      SIGNS[change],
    ]),
  ];
  const builds = changed(document.builds).map(
    ({ component, version, change }) => `${SIGNS[change]} build ${component} ${version}`,
  );
  const drift = document.drift.map(
    ({ type, name, change }) => `drift: ${lastPart(type)} ${name} ${change} in Azure`,
  );
  const problems = document.problems.map((problem) => `${problem.code}: ${formatProblem(problem)}`);
  const unchanged = document.solutions.filter((solution) => !isChanged(solution)).length;
  return [
    ...(rows.length > 0 ? [table(rows)] : []),
    ...builds,
    ...drift,
    ...problems,
    `${plural(unchanged, "solution")} unchanged; ${summaryLine(document.summary)}`,
  ].join("\n");
}

export function summaryLine({ create, update, replace, delete: gone, same }: Summary): string {
  return `${create} to create, ${update} to update, ${replace} to replace, ${gone} to delete, ${same} the same`;
}

export function shortDigest(digest: string | null | undefined): string {
  return digest ? digest.replace("sha256:", "").slice(0, DIGEST_LENGTH) : "(to be built)";
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function solutionRows(solution: SolutionChange): string[][] {
  return [
    ...changed(solution.apps).map((app) => appRow(solution.id, app)),
    ...changed(solution.shares).map(({ name, change }) => [
      solution.id,
      `share ${name}`,
      "",
      "",
      SIGNS[change],
    ]),
    ...changed(solution.storages).map(({ name, change }) => [
      solution.id,
      `storage ${name}`,
      "",
      "",
      SIGNS[change],
    ]),
  ];
}

function appRow(owner: string, { name, component, from, to, change }: AppChange): string[] {
  return [owner, `${name} (${component})`, running(from), running(to), SIGNS[change]];
}

function running(state: Running | null): string {
  return state === null ? "" : `${state.version} ${shortDigest(state.digest)}`;
}

function changed<T extends { change: Change }>(list: readonly T[]): T[] {
  return list.filter(({ change }) => change !== "same");
}

function lastPart(type: string): string {
  return type.slice(type.lastIndexOf(":") + 1);
}

function table(rows: string[][]): string {
  const output = new Table({
    head: ["solution", "resource", "from", "to", "change"],
    // No colours: the same text in a file, in a pipe and on a terminal.
    style: { head: [], border: [], compact: true },
  });
  output.push(...rows);
  return output.toString();
}
