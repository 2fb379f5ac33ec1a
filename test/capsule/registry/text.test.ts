import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseChallenges } from "../../../capsule/registry/challenge.ts";
import { parseReference, referenceText } from "../../../capsule/registry/reference.ts";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

describe("parseReference", () => {
  it.each([
    "example.com/app",
    "example.com:5000/team/app:1.0",
    "localhost/app",
    "127.0.0.1:80/a.b/c__d/e--f:git-0",
    "[::1]:5000/app",
    `example.azurecr.io/orbit-webapp-capsule@${DIGEST}`,
  ])("takes %s", (text) => {
    expect(referenceText(parseReference(text))).toBe(text);
  });

  it.each([
    "",
    "app",
    "app:1.0",
    "team/app",
    "example.com",
    "example.com/",
    "example.com//app",
    "example.com/App",
    "example.com/../app",
    "example.com/a..b",
    "example.com/app:",
    "example.com/app:-x",
    `example.com/app:${"x".repeat(129)}`,
    `example.com/app:1.0@${DIGEST}`,
    `example.com/app@${DIGEST.slice(0, -1)}`,
    `example.com/app@${DIGEST.toUpperCase()}`,
    "example.com/app@md5:0123",
    "example.com:70000/app",
    "-example.com/app",
    "user@example.com/app",
    "https://example.com/app",
    "example.com/app?x=1",
    "example.com/app#x",
    "example.com/app\n",
    `example.com/${"a/".repeat(200)}a`,
    `example.com/${"a".repeat(100_000)}`,
  ])("refuses %j", (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: "usage" }));
  });

  it("takes what it writes, and nothing that leaves an address", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."aA0.:/@-_%?#[] ") }), (text) => {
        try {
          const reference = parseReference(`example.com/${text}`);
          expect(referenceText(reference)).toBe(`example.com/${text}`);
          const url = new URL(`https://example.com/v2/${reference.repository}/`);
          expect(url.pathname).toBe(`/v2/${reference.repository}/`);
        } catch (error) {
          expect(error).toMatchObject({ code: "usage" });
        }
      }),
    );
  });
});

describe("parseChallenges", () => {
  it("reads several, with commas and quotes inside quotes", () => {
    const header =
      'Negotiate abc==, Basic realm="a, \\"b\\"", Bearer realm="https://a/t",service=b , SCOPE="c:d,e"';
    const read = parseChallenges(header).map(({ scheme, parameters }) => [
      scheme,
      Object.fromEntries(parameters),
    ]);
    expect(read.slice(-2)).toEqual([
      ["basic", { realm: 'a, "b"' }],
      ["bearer", { realm: "https://a/t", service: "b", scope: "c:d,e" }],
    ]);
  });

  it("reads anything without a fault", () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        expect(Array.isArray(parseChallenges(header))).toBe(true);
      }),
    );
  });
});
