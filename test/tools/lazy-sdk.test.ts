import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { execa } from "execa";
import { expect, it, onTestFinished } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

it("puts off what the SDK needs to serialise functions, until it serialises one", async () => {
  const loaded = `Object.keys(require.cache).flatMap((file) =>
    /node_modules\\/(typescript|@npmcli\\/arborist)\\//.exec(file)?.[1] ?? [])`;
  const program = `
    const pulumi = require("@pulumi/pulumi");
    require("@pulumi/pulumi/automation");
    const before = ${loaded};
    const add = (a) => (b) => a + b;
    pulumi.runtime.serializeFunction(add(41)).then(({ text }) =>
      console.log(JSON.stringify({ before, after: [...new Set(${loaded})], text })));`;
  const args = ["--import", "./tools/lazy-sdk.mjs", "--eval", program];
  const { stdout } = await execa(process.execPath, args, { cwd: ROOT });
  const result = JSON.parse(stdout) as { before: string[]; after: string[]; text: string };
  expect(result.before).toEqual([]);
  expect(result.after).toContain("typescript");
  expect(result.text).toContain("a: 41");
});

it("lets the SDK turn to its own compiler where none is installed", async () => {
  const root = mkdtempSync(join(tmpdir(), "slipway-lazy-sdk-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const sdk = join(root, "node_modules/@pulumi/pulumi");
  mkdirSync(sdk, { recursive: true });
  // As its typescript-shim.js does.
  writeFileSync(
    join(sdk, "index.js"),
    'try { module.exports = require("typescript"); } catch { module.exports = { version: "own" }; }',
  );
  const program = 'console.log(require("@pulumi/pulumi").version)';
  const lazy = pathToFileURL(join(ROOT, "tools/lazy-sdk.mjs")).href;
  const args = ["--import", lazy, "--eval", program];
  expect((await execa(process.execPath, args, { cwd: root })).stdout).toBe("own");
});
