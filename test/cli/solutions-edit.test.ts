import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { addEntry, setFields } from "../../cli/solutions/edit.ts";

const BLOCK = `schema_version: 1
# Who we serve.
defaults:   { environment: dev, ring: general }   # two spaces on purpose

solutions:
  # The first customer.
  - id: acme      # since 2024
    name: "Acme, Inc."
    cell: a

  - id: globex
    name: Globex
    env:
      GREETING: hello # said at the door
# the end
`;

const FLOW = `schema_version: 1
solutions:
  - { id: acme, name: "Acme, Inc." } # first
  - { id: globex, name: Globex, state: retired }
`;

describe("addEntry", () => {
  it("changes no line of a block file but the ones it adds", () => {
    const edited = addEntry(BLOCK, { id: "initech", name: "Initech: the #1", cell: "b" });
    const added = `
  - id: initech
    name: "Initech: the #1"
    cell: b`;
    expect(edited).toBe(BLOCK.replace("# said at the door", `# said at the door${added}`));
  });

  it("writes a flow entry where the last one is", () => {
    const edited = addEntry(FLOW, { id: "x", name: "a, b" });
    expect(edited).toBe(`${FLOW}  - { id: x, name: "a, b" }\n`);
  });

  it.each([
    ["an empty list", "schema_version: 1\nsolutions: []\n"],
    ["a flow list", "schema_version: 1\nsolutions: [{ id: a, name: A }] # all\n"],
    ["no line break at the end", "solutions:\n- id: a\n  name: A"],
    ["a block scalar at the end", "solutions:\n  - id: a\n    name: >\n      A\n      B\n"],
    ["carriage returns", "solutions:\r\n  - id: a\r\n    name: A\r\n"],
  ])("keeps what was there in %s", (_layout, text) => {
    const edited = addEntry(text, { id: "new", name: "New" });
    const before = parse(text);
    expect(parse(edited)).toEqual({
      ...before,
      solutions: [...before.solutions, { id: "new", name: "New" }],
    });
    if (text.includes("#")) expect(edited).toContain("# all");
    expect(/[^\r]\n/.test(edited)).toBe(!text.includes("\r\n"));
  });

  it("refuses a file that is not YAML, with its line", () => {
    expect(() => addEntry("solutions:\n  - id: [\n", { id: "a" })).toThrow(/solutions\.yaml:3: /);
  });
});

describe("setFields", () => {
  it("adds one line to a block entry, after its name", () => {
    const edited = setFields(BLOCK, "acme", { state: "retired" });
    expect(edited).toBe(BLOCK.replace('Inc."\n', 'Inc."\n    state: retired\n'));
  });

  it("replaces a value and adds another in a flow entry", () => {
    const edited = setFields(FLOW, "globex", { state: "deletable", keep_data: true });
    expect(edited).toBe(
      FLOW.replace(
        "name: Globex, state: retired",
        "name: Globex, keep_data: true, state: deletable",
      ),
    );
  });

  it("adds fields in the order they are given in", () => {
    const edited = setFields(BLOCK, "acme", { state: "deletable", keep_data: true });
    expect(edited).toContain('Inc."\n    state: deletable\n    keep_data: true\n    cell: a\n');
  });

  it("names the command that lists solutions when there is none of that id", () => {
    expect(() => setFields(FLOW, "nobody", { state: "retired" })).toThrow(/slipway solutions list/);
  });
});
