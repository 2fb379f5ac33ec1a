// Runs another program, shows its last line as progress and keeps its last
// lines for the error.
import { spawn } from "node:child_process";
import { ToolError } from "./errors.mjs";

const TAIL_LINES = 20;
// npm prints its reason first and a page of advice after it.
const CAUSE_LINES = 3;
const CAUSE = /\b(?:error|fatal)\b.{12}/i;

/**
 * @typedef {object} Command
 * @property {string} command
 * @property {readonly string[]} args
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {number} [timeoutMs]
 */

/**
 * Runs a program to its end.
 *
 * @param {Command} options
 * @param {import("./progress.mjs").Step} step
 * @returns {Promise<{ code: number | string, causes: string[], tail: string[] }>} the
 *   exit code, or a word where there is none (a signal, "ENOENT", "timeout"); the
 *   first lines that speak of an error; the last lines
 */
export function runProgram(options, step) {
  return new Promise((resolve) => {
    const child = spawn(options.command, [...options.args], {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    /** @type {string[]} */
    const tail = [];
    /** @type {string[]} */
    const causes = [];
    /** @param {NodeJS.ReadableStream} stream */
    const follow = (stream) => {
      let rest = "";
      stream.setEncoding("utf8");
      stream.on("data", (chunk) => {
        const lines = (rest + String(chunk)).split(/\r?\n|\r/);
        rest = lines.pop() ?? "";
        for (const line of lines.filter((text) => text.trim() !== "")) keep(line);
      });
      stream.on("end", () => rest && keep(rest));
    };
    /** @param {string} line */
    const keep = (line) => {
      if (causes.length < CAUSE_LINES && CAUSE.test(line)) causes.push(line);
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
      step.update(line);
    };
    follow(child.stdout);
    follow(child.stderr);
    const timer = setTimeout(
      () => {
        child.kill("SIGKILL");
        // A grandchild may hold the pipes open for longer: it is not waited for.
        child.stdout.destroy();
        child.stderr.destroy();
        resolve({ code: "timeout", causes, tail });
      },
      options.timeoutMs ?? 2 ** 31 - 1,
    );
    child.on("error", (error) => {
      clearTimeout(timer);
      resolve({ code: "code" in error ? String(error.code) : error.message, causes, tail });
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code: code ?? signal ?? "unknown", causes, tail });
    });
  });
}

/**
 * Runs a program that has to succeed.
 *
 * @param {Command & { what: string, failure: import("./errors.mjs").ToolErrorCode, next: string }} options
 *   `what` was to be done, `next` is what the reader should do
 * @param {import("./progress.mjs").Step} step
 * @returns {Promise<void>}
 * @throws {ToolError} with the command, its exit code and its last 20 lines
 */
export async function mustRun(options, step) {
  const { code, causes, tail } = await runProgram(options, step);
  if (code === 0) return;
  step.fail();
  const earlier = causes.filter((line) => !tail.includes(line));
  const lines = tail.length === 0 ? ["(no output)"] : tail;
  throw new ToolError(
    options.failure,
    [
      `${options.what} failed: exit code ${code}, expected 0.`,
      `  command: ${[options.command, ...options.args].join(" ")}`,
      ...(options.cwd ? [`  folder: ${options.cwd}`] : []),
      ...(earlier.length > 0 ? ["  first errors:", ...earlier.map((line) => `    ${line}`)] : []),
      `  last ${lines.length} lines:`,
      ...lines.map((line) => `    ${line}`),
      `Next: ${options.next}`,
    ].join("\n"),
  );
}
