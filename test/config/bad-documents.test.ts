import { describe } from "vitest";
import { type BadInput, itFindsEach, STACK_FILE } from "../fixtures/bad-input.ts";

const RECORD = "releases/orbit-webapp/v1.4.0/release.yaml";

const CASES: BadInput[] = [
  {
    when: "the solution list is missing",
    edit: (checkout) => checkout.remove("solutions.yaml"),
    code: "file-missing",
    file: "solutions.yaml",
    says: /no such file/,
  },
  {
    when: "the project file is missing",
    edit: (checkout) => checkout.remove("Pulumi.yaml"),
    code: "file-missing",
    file: "Pulumi.yaml",
    says: /no such file/,
  },
  {
    when: "the catalogue is missing",
    edit: (checkout) => checkout.remove("releases/catalogue.yaml"),
    code: "file-missing",
    file: "releases/catalogue.yaml",
    says: /no such file/,
  },
  {
    when: "a record's place holds a folder",
    edit: (checkout) => {
      checkout.remove(RECORD);
      checkout.write(`${RECORD}/release.yaml`, "x: 1\n");
    },
    code: "file-missing",
    file: RECORD,
    says: /not a file/,
  },
  {
    when: "a file has 50 MB",
    edit: (checkout) => checkout.write("solutions.yaml", "# comment\n".repeat(5_000_000)),
    code: "file-too-large",
    file: "solutions.yaml",
    says: /found 50000000 bytes, expected at most 4194304/,
  },
  {
    when: "a file is YAML no more",
    edit: (checkout) => checkout.edit("solutions.yaml", "name: Globex", "name: Globex: x"),
    code: "yaml-syntax",
    file: "solutions.yaml",
    at: "name: Globex: x",
    says: /not plain YAML/,
  },
  {
    when: "a file has two documents",
    edit: (checkout) => checkout.edit(RECORD, "target: container", "---\ntarget: container"),
    code: "yaml-syntax",
    file: RECORD,
    at: "---",
    says: /multiple documents/,
  },
  {
    when: "a value has a tag that nobody knows",
    edit: (checkout) => checkout.edit(RECORD, "target: container", "target: !kind container"),
    code: "yaml-syntax",
    file: RECORD,
    at: "!kind",
    says: /Unresolved tag/,
  },
  {
    when: "an alias names no anchor",
    edit: (checkout) => checkout.edit(RECORD, "target: container", "target: *kind"),
    code: "yaml-syntax",
    file: RECORD,
    at: "*kind",
    says: /alias of nothing/,
  },
  {
    when: "a file is not UTF-8",
    edit: (checkout) =>
      checkout.write("solutions.yaml", Buffer.from("name: M\xfcller\n", "latin1")),
    code: "yaml-syntax",
    file: "solutions.yaml",
    says: /not UTF-8/,
  },
  {
    when: "a file is nested too deeply",
    edit: (checkout) =>
      checkout.write("solutions.yaml", `a: ${"[".repeat(50_000)}${"]".repeat(50_000)}\n`),
    code: "yaml-syntax",
    file: "solutions.yaml",
    at: "[[",
    says: /nested too deeply/,
  },
  {
    when: "a file is nested more deeply than anybody writes, and the parser takes it",
    edit: (checkout) =>
      checkout.write("solutions.yaml", `a: ${"[".repeat(200)}${"]".repeat(200)}\n`),
    code: "yaml-syntax",
    file: "solutions.yaml",
    at: "[[",
    says: /nested too deeply/,
  },
  {
    when: "a key is a list",
    edit: (checkout) => checkout.append("environments/dev.yaml", "[a, b]: c\n"),
    code: "yaml-syntax",
    file: "environments/dev.yaml",
    at: "[a, b]",
    says: /expected text/,
  },
  {
    when: "a file is a list",
    edit: (checkout) => checkout.write("solutions.yaml", "- id: acme\n"),
    code: "schema",
    file: "solutions.yaml",
    at: "- id: acme",
    says: /found a list, expected a map/,
  },
  {
    when: "a file is empty",
    edit: (checkout) => checkout.write("solutions.yaml", "# nothing"),
    code: "schema",
    file: "solutions.yaml",
    at: "# nothing",
    says: /found nothing, expected a map/,
  },
  {
    when: "a key occurs twice",
    edit: (checkout) =>
      checkout.edit(RECORD, "target: container", "target: container\ntarget: binaries"),
    code: "yaml-duplicate-key",
    file: RECORD,
    at: "target: binaries",
    says: /"target" a second time/,
  },
  {
    when: "aliases grow into a bomb",
    edit: (checkout) => {
      const levels = "bcdefghi".split("").map((name, index) => {
        const below = `*${"abcdefgh"[index]}`;
        return `${name}: &${name} [${Array(9).fill(below).join(", ")}]`;
      });
      checkout.write("solutions.yaml", `a: &a [x]\n${levels.join("\n")}\n`);
    },
    code: "yaml-aliases",
    file: "solutions.yaml",
    at: "b: &b",
    says: /more than 20 values behind aliases/,
  },
  {
    when: "a date stands bare",
    edit: (checkout) => checkout.edit(RECORD, '"2026-06-22"', "2026-06-22"),
    code: "unquoted-date",
    file: RECORD,
    at: "released_at",
    says: /quote it: "2026-06-22"/,
  },
  {
    when: "a time stands bare, in another file",
    edit: (checkout) =>
      checkout.edit("solutions.yaml", "SUPPORT_LEVEL: gold", "SINCE: 2026-06-22T10:00:00Z"),
    code: "unquoted-date",
    file: "solutions.yaml",
    at: "SINCE",
    says: /quote it: "2026-06-22T10:00:00Z"/,
  },
  {
    when: "a record has a $schema key",
    edit: (checkout) =>
      checkout.write(RECORD, `$schema: ../../release.schema.json\n${checkout.read(RECORD)}`),
    code: "schema-key",
    file: RECORD,
    at: "$schema",
    says: /remove it/,
  },
  {
    when: "a stack's config has no project name",
    edit: (checkout) => checkout.write("Pulumi.yaml", "runtime: nodejs\n"),
    code: "schema",
    file: "Pulumi.yaml",
    at: "runtime",
    says: /no project name/,
  },
  {
    when: "a stack's file is YAML no more",
    edit: (checkout) => checkout.append(STACK_FILE, "  {\n"),
    code: "yaml-syntax",
    file: STACK_FILE,
    at: "  {",
    says: /not plain YAML/,
  },
];

describe("documents", () => {
  itFindsEach(CASES);
});
