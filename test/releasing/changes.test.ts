import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changeOf, levelOf, parseChanges } from "../../releasing/next/changes.ts";

describe("parseChanges", () => {
  it.each([
    ["feat: one", { type: "feat", scope: null, subject: "one", breaking: false }],
    ["FIX(api): two (#7)", { type: "fix", scope: "api", subject: "two (#7)", breaking: false }],
    ["feat(a)!: three", { type: "feat", scope: "a", subject: "three", breaking: true }],
    ["fix: x\n\nBREAKING CHANGE: gone", { type: "fix", scope: null, subject: "x", breaking: true }],
    ["fix: x\n\nBREAKING-CHANGE: gone", { type: "fix", scope: null, subject: "x", breaking: true }],
    [
      "fix: x\n\na breaking change it is",
      { type: "fix", scope: null, subject: "x", breaking: false },
    ],
    ["Update things", { type: null, scope: null, subject: "Update things", breaking: false }],
    ["", { type: null, scope: null, subject: "(no message)", breaking: false }],
    ["\n\n", { type: null, scope: null, subject: "(no message)", breaking: false }],
    ["feat:no space", { type: null, scope: null, subject: "feat:no space", breaking: false }],
    [
      "fix: a\u001b[31mb\u202ec",
      { type: "fix", scope: null, subject: "a [31mb c", breaking: false },
    ],
  ])("reads %j", (message, expected) => {
    const [parsed] = parseChanges([commit(1, message)]);
    expect(parsed && changeOf(parsed)).toEqual({ hash: hash(1), ...expected });
  });

  it("lets no line of a message set a field", () => {
    const message = "fix: x\n\n-hash-\nevil\n-type-\nfeat\n-notes-\nx\n";
    const [parsed] = parseChanges([commit(1, message)]);
    expect(parsed && changeOf(parsed)).toMatchObject({
      hash: hash(1),
      type: "fix",
      breaking: false,
    });
  });

  it("takes out a commit and its revert, and brings it back with the revert of the revert", () => {
    const feat = commit(1, "feat: one");
    const revert = commit(2, `Revert "feat: one"\n\nThis reverts commit ${hash(1)}.`);
    const again = commit(3, `Revert "${subjectOf(revert)}"\n\nThis reverts commit ${hash(2)}.`);
    const fix = commit(4, "fix: two");
    expect(hashes([fix, revert, feat])).toEqual([hash(4)]);
    expect(hashes([again, revert, fix, feat])).toEqual([hash(4), hash(1)]);
    expect(hashes([revert, fix])).toEqual([hash(2), hash(4)]);
    const [alone] = parseChanges([revert]);
    expect(alone && changeOf(alone)).toMatchObject({ type: "revert", breaking: false });
  });

  it("does not take what only reads like a revert of a commit for one", () => {
    const other = commit(2, `Revert "feat: one"\n\nThis reverts commit ${hash(9)}.`);
    expect(hashes([other, commit(1, "feat: one")])).toEqual([hash(2), hash(1)]);
  });

  it("ends on words and lines of any length", () => {
    const messages = [
      "a".repeat(30_000),
      " ".repeat(30_000),
      "#".repeat(30_000),
      "(".repeat(30_000),
    ];
    for (const text of messages) {
      const [parsed] = parseChanges([commit(1, `feat: x\n\n${text}\n\nBREAKING CHANGE: y`)]);
      expect(parsed?.type).toBe("feat");
      expect(parseChanges([commit(1, `feat: ${text}`)])).toHaveLength(1);
    }
  });

  it("keeps a long note whole, in one line", () => {
    const words = Array.from({ length: 100 }, (_, index) => `word${index}`).join(" ");
    const [parsed] = parseChanges([commit(1, `feat: x\n\nBREAKING CHANGE: ${words}\nand more`)]);
    expect(parsed?.notes.map(({ text }) => text)).toEqual([`${words} and more`]);
  });

  it("takes any message", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (message) => {
        const parsed = parseChanges([commit(1, message)]);
        expect(parsed.map(changeOf)).toMatchObject([{ hash: hash(1) }]);
      }),
    );
  });
});

describe("levelOf", () => {
  it.each([
    [["fix: a", "docs: b"], "patch"],
    [["Update"], "patch"],
    [["fix: a", "feat: b"], "minor"],
    [["FEAT: b"], "minor"],
    [["feat: a", "chore!: b"], "major"],
  ])("finds in %j the level %s", (messages, level) => {
    expect(levelOf(parseChanges(messages.map((message, at) => commit(at, message))))).toBe(level);
  });
});

function hashes(commits: ReturnType<typeof commit>[]): string[] {
  return parseChanges(commits).map((each) => each.hash);
}

function commit(number: number, message: string) {
  return { hash: hash(number), message, committedAt: "2026-05-01T00:00:00Z" };
}

function subjectOf({ message }: { message: string }): string {
  return message.split("\n", 1)[0] ?? "";
}

function hash(number: number): string {
  return String(number).padStart(40, "0");
}
