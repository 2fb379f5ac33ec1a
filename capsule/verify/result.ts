import { RestError } from "@azure/core-rest-pipeline";
import { type Problem, type ProblemCode, SlipwayError } from "../../schemas/problem.ts";
import { plain } from "../plain.ts";
import type { Result } from "./types.ts";

export function passed(evidence: string): Result {
  return { verdict: "passed", evidence: plain(evidence) };
}

export function skipped(evidence: string): Result {
  return { verdict: "skipped", evidence: plain(evidence) };
}

export function unknown(code: ProblemCode, evidence: string): Result {
  return { verdict: "unknown", evidence: plain(evidence), code };
}

export function refused(code: ProblemCode, ...evidence: readonly string[]): Result {
  return { verdict: "refused", evidence: plain(evidence.join("; ")), code };
}

/** Refused with all that differs, else passed. */
export function judged(
  code: ProblemCode,
  differences: readonly (string | undefined)[],
  evidence: string,
): Result {
  const found = differences.filter((each) => each !== undefined);
  return found.length === 0 ? passed(evidence) : refused(code, ...found);
}

/** @returns what differs, as a sentence; undefined when nothing does */
export function difference(
  what: string,
  found: string | undefined,
  expected: string,
  because: string,
): string | undefined {
  if (found === expected) return undefined;
  return `found ${found === undefined ? `no ${what}` : `the ${what} ${found}`}, expected ${expected} ${because}`;
}

/**
 * A check's result; what kept it from being made is no verdict about the capsule. That bytes are others
 * than their digest says is one.
 */
export async function attempt(check: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await check();
  } catch (error) {
    if (isOtherBytes(error)) return refused("digest-changed", error.message);
    if (error instanceof SlipwayError) return unknown(error.code, messagesOf(error.problems));
    if (!(error instanceof RestError)) throw error;
    const [said = ""] = error.message.split("\n");
    return unknown("registry-unreachable", said);
  }
}

/** By name, as Azure's client does not export its own. */
export function isOtherBytes(error: unknown): error is Error {
  return error instanceof Error && error.name === "DigestMismatchError";
}

function messagesOf(problems: readonly Problem[]): string {
  return problems.map(({ message }) => message).join("; ");
}
