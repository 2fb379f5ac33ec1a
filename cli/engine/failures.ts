import { formatProblem, type Problem } from "../../schemas/problem.ts";
import { type Failure, nameOf, typeOf } from "./changes.ts";
import { parseLocks } from "./locks.ts";
import { EngineFailure } from "./process.ts";
import { isBuild, releaseOf } from "./releases.ts";

/**
 * What a failed run is told as.
 *
 * @param error what the Automation API threw
 * @param failures what the engine's events said about resources
 */
export function engineProblems(error: unknown, failures: readonly Failure[]): Problem[] {
  if (!(error instanceof EngineFailure)) throw error;
  const { stderr, stdout, signal } = error.output;
  if (signal !== undefined) {
    const message = `the engine was ended by ${signal}; run slipway up: it settles what that left`;
    return [{ code: "engine", message }, ...failures.map(toProblem)];
  }
  if (failures.length > 0) return failures.map(toProblem);
  const locks = parseLocks(stderr);
  if (locks.length > 0) {
    const owners = locks.map(({ user, host, pid }) => `${user}@${host} (pid ${pid})`).join(", ");
    return [{ code: "engine-locked", message: `the stack is locked by ${owners}` }];
  }
  return [{ code: "engine", message: explain(lastError(stderr) ?? lastError(stdout) ?? stderr) }];
}

/** On one line, but for the end of a build's log, which is told as it stood. */
function toProblem({ urn, message }: Failure): Problem {
  const text = message.replace(/\s*\n(?!\s*\| )\s*/g, " ").trim();
  if (urn === undefined || urn === "") return { code: "engine", message: text };
  const type = typeOf(urn);
  const isOfBuild = releaseOf({ type, name: nameOf(urn) }) !== undefined;
  const code = isOfBuild ? buildCode(type, text) : codeOf(text);
  return { code, path: `${type} ${nameOf(urn)}`, message: text };
}

function codeOf(message: string): Problem["code"] {
  if (/cannot create already existing resource/.test(message)) return "already-exists";
  return "engine";
}

/** A provider hands on no code: only the words of `builds/plugin` say what went wrong. */
function buildCode(type: string, message: string): Problem["code"] {
  if (/: the image is \S+, the record says |: a release is one image; /.test(message)) {
    return "digest-changed";
  }
  return !isBuild({ type }) ||
    /: run \S+ (of task \S+ ended|succeeded, but) | is labelled /.test(message)
    ? "build-failed"
    : "engine";
}

function lastError(text: string): string | undefined {
  const lines = text.split("\n").filter((line) => /^\s*error:/.test(line));
  return lines.at(-1)?.replace(/^\s*error:\s*/, "");
}

function explain(message: string): string {
  if (
    /PULUMI_ACCESS_TOKEN|could not get cloud url|not logged in|PULUMI_CONFIG_PASSPHRASE/i.test(
      message,
    )
  ) {
    return `${message}; for the sandbox, run \`eval "$(npx --no-install slipway sandbox env)"\` first`;
  }
  return message.trim() || "pulumi ended without a word";
}

/** One line per problem, for people. */
export function problemLines(problems: readonly Problem[]): string[] {
  return problems.map((problem) => `${problem.code}: ${formatProblem(problem)}`);
}
