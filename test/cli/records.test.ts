import { readdirSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import type { CheckDocument } from "../../cli/check/index.ts";
import type { ErrorDocument } from "../../cli/errors.ts";
import type { RecordsDocument } from "../../cli/records/index.ts";
import type { YankDocument } from "../../cli/records/yank.ts";
import { tempCheckout } from "../fixtures/checkout.ts";
import { json, slipway } from "./bin.ts";

const SCHEMAS = new URL("../../schemas/", import.meta.url);
const YANKED = "releases/orbit-webapp/v1.4.1/yanked.yaml";
const REASON = 'Loses drafts: "save" answers 200 and writes nothing';

function schema(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(name, SCHEMAS), "utf8"));
}

/** As a program of somebody else's would use the published schema: the folder, and a validator. */
function listValidator() {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  addFormats.default(ajv);
  for (const name of readdirSync(SCHEMAS)) {
    if (name.endsWith(".schema.json")) ajv.addSchema(schema(name));
  }
  const validate = ajv.getSchema("records-list.schema.json");
  if (validate === undefined) throw new Error("no schema of the list");
  return validate;
}

describe("slipway records yank", () => {
  it("writes a decision beside the record, with canonical bytes, and leaves the record", async () => {
    const checkout = await tempCheckout();
    const before = checkout.tree();
    const args = ["orbit-webapp@1.4.1", "--reason", REASON, "--by", "Ada Lovelace"];
    const document = await json<YankDocument>(checkout.root, "records", "yank", ...args);
    expect(document).toMatchObject({
      component: "orbit-webapp",
      version: "1.4.1",
      decided_by: "Ada Lovelace",
      reason: REASON,
      file: YANKED,
      outcome: "written",
    });
    expect(checkout.read(YANKED)).toBe(`schema_version: 1
component: orbit-webapp
version: 1.4.1
decision: yanked
decided_at: "${document.decided_at}"
decided_by: Ada Lovelace
reason: 'Loses drafts: "save" answers 200 and writes nothing'
`);
    const { [YANKED]: _added, ...rest } = checkout.tree();
    expect(rest).toEqual(before);
  });

  it("keeps the first reason when it is yanked again, and changes no byte", async () => {
    const checkout = await tempCheckout();
    await slipway(checkout.root, "records", "yank", "orbit-webapp@1.4.1", "--reason", REASON);
    const before = checkout.tree();
    const again = ["records", "yank", "orbit-webapp@1.4.1", "--reason", "Another"];
    const document = await json<YankDocument>(checkout.root, ...again);
    expect(document).toMatchObject({ outcome: "unchanged", reason: REASON });
    expect(checkout.tree()).toEqual(before);
  });

  it("lets one of two at once win", async () => {
    const checkout = await tempCheckout();
    const documents = await Promise.all(
      ["One", "Two"].map((reason) =>
        json<YankDocument>(
          checkout.root,
          "records",
          "yank",
          "orbit-webapp@1.4.1",
          "--reason",
          reason,
        ),
      ),
    );
    expect(documents.map(({ outcome }) => outcome).sort()).toEqual(["unchanged", "written"]);
    expect(new Set(documents.map(({ reason }) => reason)).size).toBe(1);
  });

  it("says what names the release still, which check reports from then on", async () => {
    const checkout = await tempCheckout();
    const { stderr } = await slipway(
      checkout.root,
      ...["records", "yank", "orbit-webapp@1.4.1", "--reason", REASON],
    );
    const line = checkout.lineOf("environments/dev.yaml", "orbit-webapp: 1.4.1");
    expect(stderr).toContain(`environments/dev.yaml:${line}: `);
    const { ok, problems } = await json<CheckDocument>(checkout.root, "check");
    expect(ok).toBe(false);
    const places = problems.map(({ code, file, path }) => `${code} ${file} ${path}`);
    expect(places).toEqual(
      [
        'yanked environments/dev.yaml overrides[0].versions["orbit-webapp"]',
        'yanked releases/platform/v1.yaml components["orbit-webapp"]',
      ].map((place) => expect.stringContaining(place.replace(/\["(.*)"\]/, ""))),
    );
    expect(problems.every(({ message }) => message.includes(REASON))).toBe(true);
  });

  it.each([
    ["usage", 2, ["orbit-webapp", "--reason", "x"]],
    ["usage", 2, ["orbit-webapp@1.4.1", "--reason", ""]],
    ["usage", 2, ["orbit-webapp@1.4.1", "--reason", "two\nlines"]],
    ["usage", 2, ["orbit-webapp@1.4.1", "--reason", "x", "--by", "a\u0007b"]],
    ["usage", 2, ["orbit-webapp@1.4.1"]],
    ["version-unrecorded", 1, ["orbit-webapp@9.9.9", "--reason", "x"]],
    ["unknown-component", 1, ["orion@1.0.0", "--reason", "x"]],
    ["record-not-deployable", 1, ["aurora-webapp@1.0.0", "--reason", "x"]],
  ])("refuses with %s and %i when asked %j, and writes nothing", async (code, exit, args) => {
    const checkout = await tempCheckout();
    const before = checkout.tree();
    const { exitCode, stdout } = await slipway(checkout.root, "records", "yank", ...args, "--json");
    expect(exitCode).toBe(exit);
    expect((JSON.parse(stdout) as ErrorDocument).error.code).toBe(code);
    expect(checkout.tree()).toEqual(before);
  });
});

describe("slipway records list --json", () => {
  it("holds to its published schema, with every kind of record in it", async () => {
    const checkout = await tempCheckout();
    const record = "releases/orbit-webapp/v1.4.0/release.yaml";
    checkout.append(
      record,
      `  media_type: application/vnd.oci.image.manifest.v1+json
  digest: sha256:${"a".repeat(64)}
  size: 402
`,
    );
    checkout.edit(
      record,
      "  repository: orbit",
      "  registry: slipwaydev.azurecr.io\n  repository: orbit",
    );
    await slipway(checkout.root, "records", "yank", "orbit-webapp@1.3.0", "--reason", REASON);
    const document = await json<RecordsDocument>(checkout.root, "records", "list");
    const validate = listValidator();
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    const statuses = new Set(document.records.map(({ status }) => status));
    expect(statuses).toEqual(new Set(["history", "pending", "recorded"]));
    const withdrawn = document.records.filter(({ yanked }) => yanked !== undefined);
    expect(withdrawn).toMatchObject([{ version: "1.3.0", yanked: { reason: REASON } }]);
    const shown = await json<RecordsDocument>(
      checkout.root,
      "records",
      "show",
      "orbit-webapp@1.3.0",
    );
    expect(shown.records).toEqual(withdrawn);
    expect(validate(shown)).toBe(true);
  });

  it("has a schema that knows every key of a record, and refuses others", () => {
    const keys = Object.keys(schema("release.schema.json").properties ?? {});
    const { $defs } = schema("records-list.schema.json") as {
      $defs: { record: { properties: Record<string, unknown> } };
    };
    expect(Object.keys($defs.record.properties)).toEqual(expect.arrayContaining(keys));
    expect(listValidator()({ records: [{ file: "x" }] })).toBe(false);
  });
});
