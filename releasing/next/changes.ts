/** What commits say of themselves, by the Conventional Commits specification (D-28). */
import createPreset from "conventional-changelog-conventionalcommits";
import { filterRevertedCommitsSync } from "conventional-commits-filter";
import { type Commit, CommitParser } from "conventional-commits-parser";
import type { SourceCommit } from "../../source/index.ts";

/** A commit as the library reads it. */
export type ParsedCommit = Commit & { hash: string };

/** A commit as people and `--json` see it. */
export interface Change {
  hash: string;
  /** In lower case; `revert` for a revert, null for a commit that is not conventional. */
  type: string | null;
  scope: string | null;
  subject: string;
  breaking: boolean;
}

/** How much a set of commits asks of the next version. */
export type Level = "major" | "minor" | "patch";

const LEVELS: readonly Level[] = ["major", "minor", "patch"];

/**
 * What is read of a message. The parser's patterns for issues take time that grows with the cube of
 * a line's length: a word of 4,000 letters keeps it for minutes.
 */
const MAX_MESSAGE = 16_000;
const MAX_LINE = 200;

/** Control characters, and those that make text read in another order than it is written. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const INVISIBLE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

const preset = createPreset();
const parser = new CommitParser({
  ...preset.parser,
  // As the specification has it, upper case with a colon; the library's own takes "breaking change"
  // in any sentence.
  notesPattern: (keywords) => new RegExp(`^(${keywords}):\\s*(.*)$`),
  // Lines such as `-hash-` would set any field of the commit.
  fieldPattern: /(?!)/,
});

/**
 * Reads commits, and takes out those that a later one of them reverts, with the revert.
 *
 * @param commits newest first
 * @returns the rest, in the same order
 */
export function parseChanges(commits: readonly SourceCommit[]): ParsedCommit[] {
  const parsed = commits.map(parse);
  const kept = new Set(filterRevertedCommitsSync(parsed));
  return parsed.filter((commit) => kept.has(commit));
}

/**
 * The largest step that one of the commits asks for. One that is not conventional, or that changes
 * nothing for users, is a patch: what it touches is another artifact all the same.
 */
export function levelOf(commits: readonly ParsedCommit[]): Level {
  return LEVELS[preset.whatBump(commits).level] ?? "patch";
}

export function changeOf(commit: ParsedCommit): Change {
  const { hash, type, scope, subject, header, revert, notes } = commit;
  return {
    hash,
    type: revert === null ? (type ?? null) : "revert",
    scope: scope ?? null,
    subject: subject ?? header ?? "",
    breaking: notes.length > 0,
  };
}

function parse({ hash, message }: SourceCommit): ParsedCommit {
  const text = readable(message);
  // Git allows a message of nothing, the parser does not.
  const commit = parser.parse(text.trim() === "" ? "(no message)" : text);
  const notes = commit.notes.map(({ title, text: note }) => ({
    title,
    text: note.replace(/\s+/g, " ").trim(),
  }));
  const type = commit.type?.toLowerCase() ?? null;
  return Object.assign(commit, { hash, type, notes });
}

function readable(message: string): string {
  const [header = "", ...body] = message
    .replaceAll("\r\n", "\n")
    .slice(0, MAX_MESSAGE)
    .replace(INVISIBLE, " ")
    .split("\n");
  const subject = header.length > MAX_LINE ? `${header.slice(0, MAX_LINE)}...` : header;
  return [subject, ...body.flatMap(foldLine)].join("\n");
}

/** At white space where there is some. */
function foldLine(line: string): string[] {
  return line.length <= MAX_LINE
    ? [line]
    : (line.match(new RegExp(`.{1,${MAX_LINE}}(?:\\s|$)|.{${MAX_LINE}}`, "g")) ?? []);
}
