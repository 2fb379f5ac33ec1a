import { describe, expect, it } from "vitest";
import { versionProblems } from "../../releasing/checks.ts";
import {
  chooseCommit,
  type ReleaseTag,
  releaseTags,
  unrecordedVersion,
} from "../../releasing/choose.ts";
import { component, record } from "./next-fixture.ts";

const [A, B, C] = ["a", "b", "c"].map((digit) => digit.repeat(40)) as [string, string, string];
const YANKED = { file: "yanked.yaml", decidedAt: "2026-05-02", reason: "Loses drafts" };

function tag(version: string, commit: string): ReleaseTag {
  const createdAt = "2026-05-01T00:00:00Z";
  return { name: `app/v${version}`, version, commit, annotated: true, createdAt };
}

describe("releaseTags", () => {
  it("keeps those of the scheme, newest version first", () => {
    const tags = [tag("1.9.0", A), tag("1.10.0", B), tag("2.0", C)];
    expect(releaseTags(component(), tags).map(({ version }) => version)).toEqual([
      "1.10.0",
      "1.9.0",
    ]);
  });
});

describe("unrecordedVersion", () => {
  const tags = [tag("1.2.0", C), tag("1.1.0", B), tag("1.0.0", A)];

  it("is the newest tag without a record", () => {
    const records = [record("1.2.0", C), record("1.0.0", A)];
    expect(unrecordedVersion(component(), tags, records)).toBe("1.1.0");
  });

  it("is the newest that was begun where every tag has a record", () => {
    const pending = { status: "pending" } as const;
    const records = [record("1.2.0", C), record("1.1.0", B, pending), record("1.0.0", A, pending)];
    expect(unrecordedVersion(component(), tags, records)).toBe("1.1.0");
  });

  it("is not one that was begun and yanked", () => {
    const begun = record("1.2.0", C, { status: "pending", yanked: YANKED });
    const records = [begun, record("1.1.0", B), record("1.0.0", A)];
    expect(() => unrecordedVersion(component(), tags, records)).toThrow(/has its record/);
  });
});

describe("chooseCommit", () => {
  const branches = new Map([
    ["main", A],
    ["release/v1.4", B],
  ]);
  const choose = (version: string, tags: readonly ReleaseTag[], asked?: string, more = {}) =>
    chooseCommit(component(more), { version, tags }, branches, asked);

  it("takes the head of the train that the version's line has", () => {
    expect(choose("1.4.2", [tag("1.4.1", C)])).toEqual({ commit: B });
    expect(choose("1.4.0", [], undefined, { cadence: "monthly" })).toEqual({ commit: B });
  });

  it("takes the release branch when the train may be another component's", () => {
    expect(choose("1.4.0", [tag("1.3.0", C)])).toEqual({ commit: A });
    expect(choose("1.5.0", [tag("1.4.1", C)])).toEqual({ commit: A });
  });

  it("takes what it is told, by branch or whole commit, and nothing shorter", () => {
    expect(choose("1.4.0", [], "release/v1.4")).toEqual({ commit: B });
    expect(choose("1.4.0", [], C)).toEqual({ commit: C });
    for (const asked of ["--all", C.slice(0, 12), "nowhere"]) {
      expect(choose("1.4.0", [], asked)).toMatchObject({ problem: { code: "commit-unreachable" } });
    }
  });
});

describe("versionProblems", () => {
  const cut = { component: component(), version: "1.2.0", commit: C, tags: [tag("1.2.0", C)] };
  const codesOf = (more: Parameters<typeof record>[2]) =>
    versionProblems({ ...cut, records: [record("1.2.0", C, more)] }).map(({ code }) => code);

  it("refuses to finish what was yanked while it was pending", () => {
    expect(codesOf({ status: "pending" })).toEqual([]);
    expect(codesOf({ status: "pending", yanked: YANKED })).toEqual(["yanked"]);
  });

  it("lets a whole release be read that was yanked since", () => {
    expect(codesOf({ status: "recorded", yanked: YANKED })).toEqual([]);
  });
});
