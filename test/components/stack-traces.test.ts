import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import debuggable from "@pulumi/pulumi/runtime/debuggable.js";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { skipPromiseTraces } from "../../components/promise-traces.ts";
import { tempCheckout } from "../fixtures/checkout.ts";

const ORIGIN = join(import.meta.dirname, "../..");

interface Bookkeeping {
  debuggablePromise: (promise: Promise<unknown>, context?: string) => Promise<unknown>;
}

const sdk = debuggable as unknown as Bookkeeping;
const original = sdk.debuggablePromise;

afterEach(() => {
  sdk.debuggablePromise = original;
  vi.unstubAllEnvs();
});

describe("mapStackTraces", () => {
  it("shows source lines under tsx and the SDK's source-map-support, which alone does not", () => {
    expect(traceOfProgram("")).toMatch(/program\.ts:1:/);
    expect(traceOfProgram("mapStackTraces(); skipPromiseTraces();")).toMatch(/program\.ts:9:/);
  });

  it("shows this checkout's source lines in a bundle that another one made", async () => {
    const lines = ["interface Erased {}", "", "export function boom(_: Erased) {"];
    const text = [
      'import { mapStackTraces } from "./stack-traces.ts";',
      ...lines,
      "  mapStackTraces();",
      '  return new Error("boom").stack;',
      "}",
    ].join("\n");
    const shared = mkdtempSync(join(tmpdir(), "slipway-modules-"));
    onTestFinished(() => rmSync(shared, { recursive: true, force: true }));
    const modules = join(shared, "node_modules");
    mkdirSync(modules);
    symlinkSync(join(ORIGIN, "node_modules/esbuild"), join(modules, "esbuild"));
    for (const made of [false, true]) {
      expect(existsSync(join(modules, ".cache"))).toBe(made);
      const checkout = await tempCheckout({ files: "product" });
      checkout.remove("node_modules");
      symlinkSync(modules, checkout.path("node_modules"));
      checkout.write("components/boom.ts", text);
      const program = `
        const { importCompiled } = await import(process.argv[1]);
        console.log((await importCompiled("components/boom.ts")).boom());`;
      const loader = pathToFileURL(checkout.path("tools/compiled.mjs")).href;
      const stack = execFileSync(
        process.execPath,
        ["--input-type=module", "--eval", program, loader],
        { encoding: "utf8" },
      );
      expect(stack).toContain(`${realpathSync(checkout.path("components/boom.ts"))}:6:10`);
    }
  });

  it("leaves frames of packages unmapped, whose mapped paths Node cannot print in color", () => {
    const thrown = 'debuggable.debuggablePromise(undefined as never) ?? ""';
    const trace = traceOfProgram("mapStackTraces();", thrown, "debuggable.");
    expect(trace).toMatch(/node_modules\/@pulumi\/pulumi\/runtime\/debuggable\.js:\d+/);
  });
});

describe("skipPromiseTraces", () => {
  it("keeps the SDK from recording a trace with each promise", async () => {
    expect(await traceOfPromise()).toContain("stack-traces.test");
    skipPromiseTraces();
    expect(await traceOfPromise()).not.toContain("\n");
  });

  it("reaches the promises that the SDK makes itself", async () => {
    const calls = vi.fn(original);
    sdk.debuggablePromise = calls;
    skipPromiseTraces();
    const limits: number[] = [];
    calls.mockImplementation((promise) => {
      limits.push(Error.stackTraceLimit);
      return promise;
    });
    await pulumi.runtime.setMocks({
      newResource: () => ({ id: "id", state: {} }),
      call: () => ({}),
    });
    const component = new pulumi.ComponentResource("slipway:test:Component", "name");
    await new Promise((resolve) => component.urn.apply(resolve));
    expect(limits.length).toBeGreaterThan(0);
    expect(new Set(limits)).toEqual(new Set([0]));
  });

  it("leaves the traces of errors as they are", () => {
    const limit = Error.stackTraceLimit;
    skipPromiseTraces();
    sdk.debuggablePromise(Promise.resolve());
    expect(Error.stackTraceLimit).toBe(limit);
    expect(new Error("here").stack).toContain("stack-traces.test");
  });

  it("does nothing when traces are asked for", async () => {
    vi.stubEnv("PULUMI_DEBUG_PROMISE_LEAKS", "1");
    skipPromiseTraces();
    expect(await traceOfPromise()).toContain("stack-traces.test");
  });
});

async function traceOfPromise(): Promise<string> {
  const promise = Promise.resolve() as Promise<void> & { _debugStackTrace?: string };
  await sdk.debuggablePromise(promise);
  return promise._debugStackTrace ?? "";
}

/**
 * One frame of an error that is thrown in line 9 of a program, run as the engine runs ours.
 *
 * @param frame what the frame's line has
 */
function traceOfProgram(setUp: string, thrown = "value.field", frame = "program.ts"): string {
  const require = createRequire(import.meta.url);
  const traces = new URL("../../components/index.ts", import.meta.url).href;
  const sdkFile = pathToFileURL(require.resolve("@pulumi/pulumi/runtime/debuggable.js")).href;
  const support = pathToFileURL(require.resolve("source-map-support/register")).href;
  const folder = mkdtempSync(join(tmpdir(), "slipway-traces-"));
  try {
    const program = join(folder, "program.ts");
    const lines = [
      `import ${JSON.stringify(support)};`,
      `import { mapStackTraces, skipPromiseTraces } from ${JSON.stringify(traces)};`,
      `import debuggable from ${JSON.stringify(sdkFile)};`,
      "interface Erased { field: string }",
      "void debuggable;",
      setUp,
      "function thrower(value: Erased): never {",
      "  // Line 9 is the next.",
      `  throw new Error(${thrown});`,
      "}",
      'try { thrower({ field: "boom" }); } catch (error) { console.log((error as Error).stack); }',
      "void mapStackTraces; void skipPromiseTraces;",
    ];
    writeFileSync(program, lines.join("\n"));
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
    const tsx = pathToFileURL(require.resolve("tsx")).href;
    const stack = execFileSync(process.execPath, ["--import", tsx, program], { encoding: "utf8" });
    return stack.split("\n").find((line) => line.includes(frame)) ?? stack;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
