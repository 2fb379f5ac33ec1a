import { describe, expect, it } from "vitest";
import { readYaml } from "../../../capsule/render/kustomization.ts";

const MANY = 100_000;
const DEEP = /^has more than 100 values in one another$/;

describe("readYaml", () => {
  it("reads plain values, anchors among them", () => {
    const { documents, problem } = read("a: &x [1, text]\nb: *x\n---\n- {c: }\n");
    expect(problem).toBeUndefined();
    expect(documents).toEqual([{ a: [1, "text"], b: [1, "text"] }, [{ c: null }]]);
  });

  it("has no document of an empty text, or of comments", () => {
    expect(read("")).toEqual({ documents: [] });
    expect(read("# nothing\n")).toEqual({ documents: [] });
  });

  it("takes a hundred values in one another: a document, maps and lists, and a text", () => {
    expect(read(`${"- ".repeat(98)}a\n`).problem).toBeUndefined();
    expect(read(`${"- ".repeat(99)}a\n`).problem).toMatch(DEEP);
    expect(read(`${"[{a: ".repeat(49)}0${"}]".repeat(49)}`).problem).toBeUndefined();
    // Composed to twice as much.
    expect(read(`${"[a: ".repeat(98)}0${"]".repeat(98)}`).problem).toBeUndefined();
    expect(read(`${"- ? ".repeat(49)}a\n`).problem).toBe("has a key that is no text");
  });

  it("reads no further than the first error", () => {
    const problem = read(`a: ]\n${"[".repeat(MANY)}`).problem;
    expect(problem).toMatch(/^is no YAML \(line 1: Unexpected flow-seq-end/);
  });

  // Deeper ones end a recursive reader, be it by its stack or by its process.
  it.each([
    ["lists on a line", "[".repeat(MANY)],
    ["closed lists on a line", `${"[".repeat(MANY)}${"]".repeat(MANY)}`],
    ["maps on a line", "{a: ".repeat(MANY)],
    ["lists by indentation on one line", "- ".repeat(MANY)],
    ["keys by indentation on one line", "? ".repeat(MANY)],
    ["maps in lists by indentation", indented(300, "- a:")],
    ["maps by indentation", indented(300, "a:")],
    ["all of them", `${indented(60, "- a:")}${" ".repeat(200)}${"- ? [{a: [".repeat(MANY)}`],
  ])("refuses deep %s before it composes them", (_what, text) => {
    expect(read(text).problem).toMatch(DEEP);
  });

  it("compares keys in maps of any size", () => {
    const keys = Array.from({ length: 5_000 }, (_, index) => `k${index}: a\n`).join("");
    expect(read(keys).problem).toBeUndefined();
    expect(read(`${keys}"k7": a\n`).problem).toBe('has the key "k7" twice in one map');
    expect(read("a: {b: {c: 1, d: 1}, e: {c: 1}}\n").problem).toBeUndefined();
    expect(read("a: [{b: {c: 1, 'c': 1}}]\n").problem).toContain('"c" twice');
  });

  it("refuses more than a mebibyte", () => {
    const most = "#".repeat(1024 * 1024);
    expect(read(most).problem).toBeUndefined();
    expect(read(`${most}#`).problem).toBe("has 1048577 bytes, more than 1048576");
  });

  it("refuses aliases that grow without bound", () => {
    const laughs = Array.from({ length: 30 }, (_, index) =>
      index === 0 ? "a0: &a0 [x]\n" : `a${index}: &a${index} [*a${index - 1}, *a${index - 1}]\n`,
    ).join("");
    expect(read(laughs).problem).toMatch(/^is no YAML \(Excessive alias count/);
  });

  it("refuses more anchors and aliases than are quickly looked up", () => {
    const pairs = (count: number) =>
      Array.from({ length: count }, (_, index) => `- &a${index} x\n- *a${index}\n`).join("");
    expect(read(pairs(500)).problem).toBeUndefined();
    expect(read(`${pairs(500)}- &b x\n`).problem).toBe("has more than 1000 anchors and aliases");
    expect(read(`${pairs(500)}- *a0\n`).problem).toBe("has more than 1000 anchors and aliases");
  });

  it.each([
    ["an alias of nothing", "a: *b\n", /^is no YAML \(Unresolved alias/],
    ["a bracket too many", "a: b\nc: ]\n", /^is no YAML \(line 2: Unexpected flow-seq-end/],
    ["a bracket too few", "a: b\nc: [\n", /^is no YAML \(line 3: /],
    ["an escape that is none", 'a:\n\n  "\\q"\n', /^is no YAML \(line 3: Invalid escape/],
    ["a tag", "a: !!str b\n", /^has the tag tag:yaml.org,2002:str$/],
    ["a key that is a number", "a: {1: b}\n", /^has a key that is no text$/],
    ["a key that is a list", "? [a]\n: b\n", /^has a key that is no text$/],
    ["a key by an alias", "&a a: 1\n*a : 1\n", /^has a key that is no text$/],
    ["a directive", "%YAML 1.1\n---\na: b\n", /^has a directive$/],
    ["a mark at its start", "\ufeffa: b\n", /^has a control character$/],
    ["a line's end that is another's", "a: b\rc: d\n", /^has a control character$/],
    ["a control character", "a: \u0085b\n", /^has a control character$/],
    ["an escape in it", "a: \u001bb\n", /^has a control character$/],
  ])("refuses %s", (_what, text, problem) => {
    expect(read(text).problem).toMatch(problem);
    expect(read(text).documents).toEqual([]);
  });

  it("takes the ends of lines that Windows writes", () => {
    expect(read("a: b\r\nc:\td\r\n").documents).toEqual([{ a: "b", c: "d" }]);
  });

  it("refuses bytes that are no UTF-8", () => {
    expect(readYaml(Uint8Array.of(0x61, 0xff)).problem).toBe("is not UTF-8");
  });
});

function read(text: string) {
  return readYaml(Buffer.from(text));
}

function indented(levels: number, line: string): string {
  return Array.from({ length: levels }, (_, level) => `${"   ".repeat(level)}${line}\n`).join("");
}
