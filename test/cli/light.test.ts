import {
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { beforeEach, describe, expect, it } from "vitest";
import { type TempCheckout, tempCheckout } from "../fixtures/checkout.ts";

const CACHE = "node_modules/.cache/slipway";

describe("the compiled path of light commands", () => {
  let checkout: TempCheckout;

  beforeEach(async () => {
    checkout = await tempCheckout({ files: "product" });
    // A folder of its own for the cache, with links to the packages.
    const shared = realpathSync(checkout.path("node_modules"));
    checkout.remove("node_modules");
    mkdirSync(checkout.path("node_modules"));
    for (const name of readdirSync(shared).filter((entry) => !entry.startsWith("."))) {
      symlinkSync(path.join(shared, name), checkout.path(`node_modules/${name}`));
    }
  });

  it("is used again while nothing changed", async () => {
    const first = await names(checkout);
    const compiled = entries(checkout);
    expect(compiled).toHaveLength(2);
    expect(await names(checkout)).toBe(first);
    expect(entries(checkout)).toEqual(compiled);
  });

  it("is never used for sources that changed", async () => {
    const before = await names(checkout);
    expect(before).toContain("orbit-822b33ad87c1");
    checkout.edit("naming/solution-names.ts", 'appName("orbit", hash)', 'appName("comet", hash)');
    expect(await names(checkout)).toContain("comet-822b33ad87c1");
  });

  it("is removed when it is of former sources and old", async () => {
    await names(checkout);
    const [bundle = "", index] = [...entries(checkout)].sort((a, b) => b.length - a.length);
    checkout.edit("naming/solution-names.ts", 'appName("orbit", hash)', 'appName("comet", hash)');
    await names(checkout);
    expect(entries(checkout)).toHaveLength(3);
    const old = new Date(Date.now() - 24 * 60 * 60_000);
    utimesSync(checkout.path(path.join(CACHE, bundle)), old, old);
    checkout.edit("naming/solution-names.ts", 'appName("comet", hash)', 'appName("orbital", hash)');
    await names(checkout);
    expect(entries(checkout)).toHaveLength(3);
    expect(entries(checkout)).not.toContain(bundle);
    expect(entries(checkout)).toContain(index);
  });

  it("is kept for the next run when an old folder stands beside it", async () => {
    const folder = checkout.path(path.join(CACHE, "compiled"));
    mkdirSync(folder, { recursive: true });
    const old = new Date(Date.now() - 24 * 60 * 60_000);
    utimesSync(folder, old, old);
    await names(checkout);
    expect(entries(checkout)).toEqual(["compiled", expect.stringMatching(/^light-/), "light.json"]);
  });

  it("is left aside when it was cut short, and made anew by the run after", async () => {
    await names(checkout);
    const [bundle = ""] = entries(checkout).filter((name) => name.endsWith(".mjs"));
    const file = checkout.path(path.join(CACHE, bundle));
    const whole = readFileSync(file, "utf8");
    writeFileSync(file, whole.slice(0, 1000));
    expect(await names(checkout)).toContain("orbit-822b33ad87c1");
    expect(await names(checkout)).toContain("orbit-822b33ad87c1");
    expect(readFileSync(file, "utf8")).toBe(whole);
  });

  it("serves runs that start at once", async () => {
    const runs = await Promise.all([1, 2, 3, 4].map(() => names(checkout)));
    expect(new Set(runs).size).toBe(1);
    expect(entries(checkout)).toHaveLength(2);
  });

  it("is not needed: the sources run where there is no place for it", async () => {
    mkdirSync(checkout.path("node_modules/.cache"));
    writeFileSync(checkout.path(CACHE), "a file where a folder should be");
    expect(await names(checkout)).toContain("orbit-822b33ad87c1");
  });
});

async function names(checkout: TempCheckout): Promise<string> {
  const bin = checkout.path("cli/slipway.mjs");
  return (await execa(process.execPath, [bin, "names", "acme"])).stdout;
}

function entries(checkout: TempCheckout): string[] {
  return readdirSync(checkout.path(CACHE)).sort();
}
