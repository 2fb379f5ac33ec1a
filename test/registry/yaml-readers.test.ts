import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { canonicalYaml } from "../../registry/canonical.ts";
import { recordBytes } from "../../registry/index.ts";
import { findTool, whyMissing } from "../../tools/find.mjs";
import { tempCheckout } from "../fixtures/checkout.ts";
import { anyRecord } from "./any-record.ts";

const SAMPLES = 200;
/** As `tools/yaml-reader` does it for Go. */
const PYTHON = `
import datetime, json, sys, yaml
def plain(value):
    if isinstance(value, datetime.date):
        return {"date": value.isoformat()[:10]}
    raise TypeError(type(value))
json.dump([yaml.safe_load(open(file, encoding="utf-8")) for file in sys.argv[1:]], sys.stdout, default=plain)
`;

type Read = (files: readonly string[]) => Promise<unknown[]>;

const READERS: readonly [name: string, tool: string, read: Read][] = [
  [
    "PyYAML",
    "az",
    (files) => {
      const folder = dirname(findTool("az") ?? "");
      return run(join(folder, "bin", "python"), ["-c", PYTHON, ...files]);
    },
  ],
  ["Go's yaml.v3", "yaml-reader", (files) => run(findTool("yaml-reader") ?? "", files)],
];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-yaml-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(READERS)("%s", (_name, tool, read) => {
  const missing = whyMissing(tool);
  const skipped = missing === undefined ? "" : `: ${missing}`;

  it.skipIf(missing)(`reads the text of any record as we do${skipped}`, async () => {
    const texts = fc.sample(anyRecord, SAMPLES).map(recordBytes);
    const files = texts.map((text, index) => write(`${index}.yaml`, text));
    expect(await read(files)).toEqual(texts.map((text) => parse(text)));
  });

  it.skipIf(missing)(`reads every short text as we do${skipped}`, async () => {
    const document = Object.fromEntries(shortTexts().map((text, index) => [`k${index}`, text]));
    expect(await read([write("short.yaml", canonicalYaml(document))])).toEqual([document]);
  });

  it.skipIf(missing)(`reads the dates of all our files as text${skipped}`, async () => {
    const checkout = await tempCheckout();
    const files = Object.keys(checkout.tree()).filter((file) => /^releases\/.*\.yaml$/.test(file));
    expect(files.length).toBeGreaterThan(10);
    const documents = await read(files.map((file) => join(checkout.root, file)));
    expect(documents).toEqual(files.map((file) => parse(checkout.read(file))));
  });

  it.skipIf(missing)(`reads a date without quotes as a date${skipped}`, async () => {
    const file = write("unquoted.yaml", "released_at: 2026-06-03\n");
    expect(await read([file])).toEqual([{ released_at: { date: "2026-06-03" } }]);
  });
});

/** Texts of one Latin-1 character or two printable ones, and some that are no text when bare. */
function shortTexts(): string[] {
  const separators = ["\u2028", "\ufeff", "\ufffe", "a\uffff", "a\u007f\nb", "\n\t a", "a\n\tb\n"];
  const latin = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));
  const printable = latin.slice(0x20, 0x7f);
  const longer = ["0o7", "0x1f", "0b1", "1_000", "1e3", ".inf", ".NaN", "---", "...", "%YAML 1.2"];
  return [
    "",
    ...latin,
    ...printable.flatMap((a) => printable.map((b) => a + b)),
    ...separators,
    ...longer,
  ];
}

async function run(program: string, args: readonly string[]): Promise<unknown[]> {
  return JSON.parse((await execa(program, args)).stdout);
}

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}
