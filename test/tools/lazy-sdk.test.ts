import { join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";

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
