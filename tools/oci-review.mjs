// `npm run oci-review`: renews the digests in schemas/OCI-REVIEW.md, each of which says which content
// of a schema its paragraph was written about. Whoever runs it has read the paragraph again.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { PROJECT_DIR } from "./catalogue.mjs";

const FOLDER = path.join(PROJECT_DIR, "schemas");
const PAGE = path.join(FOLDER, "OCI-REVIEW.md");

/** A heading, the digest under it, and the one paragraph behind. */
const REVIEW = /^## (\S+\.schema\.json)\n\n`(sha256:[0-9a-f]{64})`\n\n(?!#)(\S.*(?:\n\S.*)*)\n/gm;

/**
 * @typedef {object} Review
 * @property {string} schema the schema's file name
 * @property {string} digest of the content that the paragraph is about
 * @property {string} text
 */

/**
 * The digest of what a schema says: keys sorted by code unit, no white space. Its formatting and the
 * order of its keys call for no other review.
 *
 * @param {string} text of the schema's file
 * @returns {string} `sha256:<64 lowercase hex>`
 */
export function schemaDigest(text) {
  return `sha256:${createHash("sha256")
    .update(JSON.stringify(canonical(JSON.parse(text))))
    .digest("hex")}`;
}

/**
 * @param {string} page
 * @returns {Review[]}
 */
export function reviewsOf(page) {
  return [...page.matchAll(REVIEW)].map(([, schema = "", digest = "", text = ""]) => ({
    schema,
    digest,
    text,
  }));
}

/**
 * What keeps a page from being the review of exactly these schemas (D-21).
 *
 * @param {Readonly<Record<string, string>>} schemas text by file name
 * @param {string} page
 * @returns {string[]} one line each
 */
export function reviewProblems(schemas, page) {
  const reviews = reviewsOf(page);
  const problems = [];
  for (const [schema, text] of Object.entries(schemas)) {
    const [review, ...more] = reviews.filter((candidate) => candidate.schema === schema);
    if (review === undefined || more.length > 0) {
      problems.push(
        `found ${more.length === 0 ? "no" : "more than one"} paragraph about ${schema}`,
      );
    } else if (review.digest !== schemaDigest(text)) {
      problems.push(
        `${schema} is ${schemaDigest(text)} now, its paragraph is about ${review.digest}: read it again, then run: npm run oci-review`,
      );
    }
  }
  for (const { schema } of reviews) {
    if (!Object.hasOwn(schemas, schema))
      problems.push(`found a paragraph about ${schema}, which is no schema`);
  }
  return problems;
}

/** @returns {Record<string, string>} the text of each schema by its file name */
export function readSchemas() {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith(".schema.json"));
  return Object.fromEntries(
    names.sort().map((name) => [name, readFileSync(path.join(FOLDER, name), "utf8")]),
  );
}

/** @returns {string} */
export function readPage() {
  return readFileSync(PAGE, "utf8");
}

/**
 * @param {Readonly<Record<string, string>>} schemas
 * @param {string} page
 * @returns {string} the page about the schemas as they are now
 */
export function renewed(schemas, page) {
  return page.replaceAll(REVIEW, (review, schema, digest) =>
    Object.hasOwn(schemas, schema)
      ? review.replace(digest, schemaDigest(schemas[schema] ?? ""))
      : review,
  );
}

/**
 * @param {unknown} value
 * @returns {unknown}
 */
function canonical(value) {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, canonical(item)]),
  );
}

/** @returns {number} the exit code */
function main() {
  const schemas = readSchemas();
  const page = readPage();
  for (const problem of reviewProblems(schemas, page)) console.log(problem);
  const next = renewed(schemas, page);
  if (next !== page) writeFileSync(PAGE, next);
  const left = reviewProblems(schemas, next);
  console.log(
    left.length === 0
      ? "every paragraph is about its schema as it is now"
      : "write what is missing",
  );
  return left.length === 0 ? 0 : 1;
}

if (process.argv[1] === import.meta.filename) process.exitCode = main();
