import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { shellExports } from "../../cli/sandbox/exports.ts";

describe("shellExports", () => {
  it.each([
    ["plain", "file:///tmp/state"],
    ["single quotes", "it's 'quoted'"],
    ["what a shell would expand", '$HOME `id` $(id) "x" \\ !! *'],
    ["line breaks", "first\nsecond\n"],
    ["JSON", '{"*.azurecr.io":"http://127.0.0.1:5000/*"}'],
    ["nothing", ""],
  ])("gives a POSIX shell the same value when it holds %s", (_what, value) => {
    const script = `eval "$1"; printf %s "$VALUE"`;
    const shell = execFileSync("sh", ["-c", script, "sh", shellExports({ VALUE: value })]);
    expect(shell.toString()).toBe(value);
  });

  it("refuses a name that a shell would read as more than a name", () => {
    expect(() => shellExports({ "A;id": "x" })).toThrow(/not the name of an environment variable/);
  });
});
