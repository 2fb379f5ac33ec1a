import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { onTestFinished, vi } from "vitest";
import type { GoTool } from "../../tools/catalogue.mjs";

export const TOOLS = path.resolve(import.meta.dirname, "../../tools");

/** A folder that goes away with the test. */
export function temporaryFolder(): string {
  const dir = mkdtempSync(path.join(os.tmpdir(), "slipway-tools-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** An empty tool cache for the test and for the processes that it starts. */
export function temporaryCache(): string {
  const dir = temporaryFolder();
  vi.stubEnv("SLIPWAY_TOOLS", dir);
  return dir;
}

/** Writes a program in `sh` and returns its path. */
export function program(dir: string, name: string, body: string): string {
  mkdirSync(dir, { recursive: true });
  const file = path.join(dir, name);
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** A wrapper module of a program that prints "hello", buildable without a network. */
export function fakeGoTool(dir: string): GoTool {
  const files = {
    "go.mod":
      "module slipway.invalid/fake\n\ngo 1.21\n\nrequire example.invalid/hello v1.2.3\n\nreplace example.invalid/hello => ./hello\n",
    "go.sum": "",
    "tools.go": '//go:build tools\n\npackage tools\n\nimport _ "example.invalid/hello/cmd/hello"\n',
    "hello/go.mod": "module example.invalid/hello\n\ngo 1.21\n",
    "hello/cmd/hello/main.go": 'package main\n\nfunc main() { println("hello") }\n',
  };
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
    writeFileSync(path.join(dir, file), content);
  }
  return {
    id: "hello",
    versionOf: "example.invalid/hello",
    builds: [{ module: dir, packages: ["example.invalid/hello/cmd/hello"] }],
    bins: ["hello"],
  };
}

/** Starts a Node process that runs `body` with the tools' exports in scope as `m`. */
export function script(module: string, body: string): ChildProcess {
  const url = pathToFileURL(path.join(TOOLS, module)).href;
  const source = `const m = await import(${JSON.stringify(url)});\n${body}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], {
    stdio: ["ignore", "pipe", "inherit"],
    env: process.env,
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** The exit code of a process; -1 where a signal ended it. */
export function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => child.on("close", (code) => resolve(code ?? -1)));
}

/** Waits until a process has printed a text. */
export function printed(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = "";
    child.stdout?.on("data", (chunk) => {
      output += String(chunk);
      if (output.includes(text)) resolve();
    });
    child.on("close", (code) => reject(new Error(`ended with ${code} and "${output}"`)));
  });
}
