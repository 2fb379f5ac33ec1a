import Table from "cli-table3";
import type { Summary } from "../engine/changes.ts";
import { plural, shortDigest } from "../plan/print.ts";
import type { UpDocument } from "./index.ts";

/** Characters of a commit that people compare. */
const COMMIT_LENGTH = 12;

/** What runs where, and what this run did. */
export function printUp({ apps, builds, records, summary }: UpDocument): string {
  const table = new Table({
    head: ["solution", "app", "component", "version", "commit", "digest", "url"],
    style: { head: [], border: [], compact: true },
  });
  for (const { solution, app, component, version, commit, digest, url } of apps) {
    const short = commit.slice(0, COMMIT_LENGTH);
    table.push([solution ?? "(shared)", app, component, version, short, shortDigest(digest), url]);
  }
  const ordered = builds.filter(({ adopted }) => !adopted).length;
  const found = builds.length - ordered;
  return [
    ...(apps.length > 0 ? [table.toString()] : []),
    `${changedLine(summary)}, ${plural(ordered, "build")}${found > 0 ? `, ${plural(found, "image")} found` : ""}`,
    ...records.map((file) => `recorded ${file}`),
  ].join("\n");
}

function changedLine({ create, update, replace, delete: gone, same }: Summary): string {
  const total = create + update + replace + gone;
  if (total === 0) return `0 changed (${same} resources are as they should be)`;
  const parts = [
    [create, "created"],
    [update, "updated"],
    [replace, "replaced"],
    [gone, "deleted"],
    [same, "unchanged"],
  ] as const;
  return `${total} changed: ${parts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what}`)
    .join(", ")}`;
}
