import { expect, it } from "vitest";
import { plain } from "../../capsule/plain.ts";
import { attempt, passed, refused, skipped, unknown } from "../../capsule/verify/result.ts";
import { SlipwayError } from "../../schemas/problem.ts";

const ESCAPE = "\u001b[2K\rverified\u202e\u0085";
const SHOWN = "\\u001b[2K\\u000dverified\\u202e\\u0085";

it("shows what would move a cursor or turn the text, and leaves the rest", () => {
  expect(plain(ESCAPE)).toBe(SHOWN);
  expect(plain("Zürich: 東京 @ `a` \\n")).toBe("Zürich: 東京 @ `a` \\n");
});

it("cuts what nobody would read", () => {
  expect(plain("a".repeat(2_000))).toBe("a".repeat(2_000));
  expect(plain("a".repeat(1_000_000))).toBe(`${"a".repeat(2_000)}...`);
});

it("is what every check's evidence is", async () => {
  const fails = () => Promise.reject(new SlipwayError({ code: "freight", message: ESCAPE }));
  const results = [
    passed(ESCAPE),
    skipped(ESCAPE),
    unknown("freight", ESCAPE),
    refused("freight", ESCAPE),
    await attempt(fails),
  ];
  expect(results.map(({ evidence }) => evidence)).toEqual(Array(5).fill(SHOWN));
});
