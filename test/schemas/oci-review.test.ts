import { describe, expect, it } from "vitest";
import {
  readPage,
  readSchemas,
  renewed,
  reviewProblems,
  reviewsOf,
  schemaDigest,
} from "../../tools/oci-review.mjs";

const SCHEMA = '{ "type": "object", "title": "a thing" }';
const SCHEMAS = { "thing.schema.json": SCHEMA };
const PAGE = `# Reviews

## thing.schema.json

\`${schemaDigest(SCHEMA)}\`

A thing is no manifest.
It has no digest.
`;

describe("schemas/OCI-REVIEW.md", () => {
  it("reviews every schema as it is now", () => {
    expect(reviewProblems(readSchemas(), readPage())).toEqual([]);
  });

  it("cites the specifications in each paragraph", () => {
    for (const { schema, text } of reviewsOf(readPage())) {
      expect(text, schema).toMatch(/image-spec|distribution-spec/);
      expect(text.length, schema).toBeGreaterThan(300);
    }
  });
});

describe("reviewProblems", () => {
  it("finds nothing when the page is about the schema", () => {
    expect(reviewProblems(SCHEMAS, PAGE)).toEqual([]);
  });

  it("finds a schema that changed since its paragraph was written", () => {
    const changed = { "thing.schema.json": SCHEMA.replace("object", "array") };
    expect(reviewProblems(changed, PAGE)).toEqual([
      expect.stringMatching(/^thing\.schema\.json is sha256:.* npm run oci-review$/),
    ]);
    expect(reviewProblems(changed, renewed(changed, PAGE))).toEqual([]);
  });

  it("finds none when only the layout and the order of keys changed", () => {
    const moved = { "thing.schema.json": '{"title":"a thing",\n  "type":"object"}' };
    expect(reviewProblems(moved, PAGE)).toEqual([]);
  });

  it.each([
    ["no paragraph", PAGE.slice(0, PAGE.indexOf("A thing"))],
    ["no heading of its own", PAGE.replace("thing.schema", "other.schema")],
    ["no digest", PAGE.replace(/^`.*`$/m, "not reviewed")],
    ["two paragraphs with a heading", `${PAGE}\n${PAGE}`],
  ])("finds a schema with %s, which renewing does not mend", (_what, page) => {
    const problems = reviewProblems(SCHEMAS, page);
    expect(problems[0]).toMatch(/^found (no|more than one) paragraph about thing\.schema\.json$/);
    expect(reviewProblems(SCHEMAS, renewed(SCHEMAS, page))).toEqual(problems);
  });
});
