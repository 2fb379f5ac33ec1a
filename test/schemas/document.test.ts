import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Problem, readDocument } from "../../schemas/index.ts";

describe("readDocument", () => {
  it("reports a file that cannot be read, and does not throw", () => {
    const root = mkdtempSync(join(tmpdir(), "slipway-document-"));
    onTestFinished(() => rmSync(root, { recursive: true }));
    symlinkSync("itself.yaml", join(root, "itself.yaml"));
    const problems: Problem[] = [];
    expect(readDocument(root, "itself.yaml", (problem) => problems.push(problem))).toBeUndefined();
    expect(problems).toMatchObject([
      { code: "file-missing", file: "itself.yaml", message: expect.stringMatching(/ELOOP/) },
    ]);
    expect(problems[0]?.message).not.toContain(root);
  });
});
