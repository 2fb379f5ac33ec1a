import { execFile } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import type { CheckDocument } from "../../cli/check/index.ts";
import type { ErrorDocument } from "../../cli/errors.ts";
import type { RecordsDocument } from "../../cli/records/index.ts";
import { azureNames } from "../../naming/index.ts";
import { tempCheckout } from "../fixtures/checkout.ts";
import { BIN, json, slipway } from "./bin.ts";

const EDITED = "environments/dev.yaml";

describe("slipway", () => {
  it("names a solution outside any checkout", async () => {
    const document = await json(tmpdir(), "names", "acme");
    expect(document).toEqual({ solution_id: "acme", ...azureNames("acme") });
  });

  it("prints the version of the package", async () => {
    const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
    const { stdout } = await slipway(tmpdir(), "--version");
    expect(stdout).toBe((JSON.parse(manifest) as { version: string }).version);
  });

  it.each([
    ["an unknown verb", ["frobnicate"]],
    ["an unknown option", ["check", "--fast"]],
    ["a missing argument", ["names"]],
    ["a missing option", ["solutions", "add", "x"]],
    ["a release without a version", ["records", "show", "orbit-webapp"]],
    ["a folder that is not there", ["check", "--cwd", "no/such/folder"]],
  ])("exits 2 at %s, with prose on stderr or a document on stdout", async (_what, args) => {
    const { root } = await tempCheckout();
    const prose = await slipway(root, ...args);
    expect(prose).toMatchObject({ exitCode: 2, stdout: "" });
    expect(prose.stderr).toMatch(/^slipway: \S/);
    const document = await slipway(root, ...args, "--json");
    expect(document.exitCode).toBe(2);
    expect((JSON.parse(document.stdout) as ErrorDocument).error.code).toBe("usage");
  });

  it("prints help on stdout when it is asked for, and on stderr when it is not", async () => {
    const asked = await slipway(tmpdir(), "up", "--help");
    expect(asked.exitCode).toBe(0);
    expect(asked.stdout).toContain("--adopt");
    const unasked = await slipway(tmpdir());
    expect(unasked).toMatchObject({ exitCode: 2, stdout: "" });
    expect(unasked.stderr).toContain("Usage: slipway");
  });

  it("says where there is no checkout", async () => {
    const { exitCode, stdout } = await slipway("/", "check", "--json");
    expect(exitCode).toBe(1);
    expect((JSON.parse(stdout) as ErrorDocument).error).toMatchObject({
      code: "file-missing",
      message: expect.stringContaining("--cwd"),
    });
  });

  it("ends quietly when nobody reads on", async () => {
    const { root } = await tempCheckout();
    const script = `"$0" "$1" records list --json | head -c 1`;
    const ended = await promisify(execFile)("sh", ["-c", script, process.execPath, BIN], {
      cwd: root,
    });
    expect(ended).toEqual({ stdout: "{", stderr: "" });
  });
});

describe("slipway check", () => {
  it("counts what there is, from any folder of the checkout", async () => {
    const { root } = await tempCheckout();
    const nested = path.join(root, "releases", "platform");
    mkdirSync(nested, { recursive: true });
    const document = await json<CheckDocument>(nested, "check");
    expect(document).toMatchObject({ ok: true, problems: [] });
    expect(document.counts.solutions).toBeGreaterThanOrEqual(20);
    expect(await json(tmpdir(), "check", "--cwd", root)).toEqual(document);
  });

  it("reports every problem with file and line, and exits 1", async () => {
    const checkout = await tempCheckout();
    checkout.edit(EDITED, "orbit-webapp: 1.4.0", "orbit-webapp: 9.9.9");
    checkout.append("solutions.yaml", "  - id: Not-An-Id\n    name: x\n");
    const { exitCode, stdout } = await slipway(checkout.root, "check");
    expect(exitCode).toBe(1);
    const lineOfVersion = checkout.lineOf(EDITED, "orbit-webapp: 9.9.9");
    expect(stdout).toContain(`${EDITED}:${lineOfVersion}: `);
    expect(stdout).toContain(`solutions.yaml:${checkout.lineOf("solutions.yaml", "Not-An-Id")}: `);
    const document = await slipway(checkout.root, "check", "--json");
    expect(document.exitCode).toBe(1);
    const { ok, problems } = JSON.parse(document.stdout) as CheckDocument;
    expect(ok).toBe(false);
    expect(problems.map(({ code }) => code).sort()).toEqual(["solution-id", "version-unrecorded"]);
  });
});

describe("slipway records", () => {
  it("lists records as they are written, newest first", async () => {
    const checkout = await tempCheckout();
    const { records } = await json<RecordsDocument>(
      checkout.root,
      "records",
      "list",
      "--component",
      "registry-service",
    );
    const versions = records.map((record) => record.version);
    expect(versions.length).toBeGreaterThan(1);
    expect(versions).toEqual([...versions].sort().reverse());
    expect(records[0]).toMatchObject({ status: "pending", schema_version: 1 });
  });

  it("shows one record byte for byte", async () => {
    const checkout = await tempCheckout();
    const { stdout } = await slipway(checkout.root, "records", "show", "orbit-webapp@1.4.0");
    expect(`${stdout}\n`).toBe(checkout.read("releases/orbit-webapp/v1.4.0/release.yaml"));
  });

  it.each([
    ["unknown-component", "nothing@1.0.0"],
    ["version-unrecorded", "orbit-webapp@9.9.9"],
  ])("refuses with %s and names what there is", async (code, release) => {
    const { root } = await tempCheckout();
    const { error } = await json<ErrorDocument>(root, "records", "show", release);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/orbit-webapp|1\.4\.0/);
  });
});
