import { releaseTool } from "../builds/tool.ts";
import type { Component } from "../registry/index.ts";
import { type Problem, SlipwayError } from "../schemas/problem.ts";
import { attestationsOf } from "./attest.ts";
import type { Environment } from "./cosign.ts";
import { releaseKeys } from "./keys.ts";

/** What keeps a release from being attested, found before it is built. Writes nothing. */
export async function attestProblems(component: Component, env: Environment): Promise<Problem[]> {
  const wanted = attestationsOf(component);
  if (wanted.length === 0) return [];
  const checks = [
    async () => void releaseTool("cosign"),
    ...(wanted.includes("sbom") ? [async () => void releaseTool("syft")] : []),
    async () => void (await releaseKeys(env).signingKey()),
  ];
  const problems = await Promise.all(
    checks.map((check) =>
      check().then(
        () => [],
        (error: unknown) => {
          if (error instanceof SlipwayError) return error.problems;
          throw error;
        },
      ),
    ),
  );
  const told = new Map(problems.flat().map((problem) => [problem.message, problem]));
  return [...told.values()];
}
