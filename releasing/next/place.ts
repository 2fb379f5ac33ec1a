import { SlipwayError } from "../../schemas/problem.ts";
import { type Line, parseLine, trainBranch } from "./lines.ts";
import { headOf } from "./range.ts";
import type { NextRequest } from "./types.ts";

/** Where the next release is cut. */
export interface Place {
  branch: string;
  /** Commit that the branch stands at. */
  head: string;
  /** Of a train. */
  line: Line | undefined;
}

const PRE_RELEASE = /^[A-Za-z][0-9A-Za-z-]*$/;

/** @throws SlipwayError `branch-missing`, or `version-scheme` for a line that is none */
export async function placeOf({ component, source, train }: NextRequest): Promise<Place> {
  const { releaseBranch, url } = component.repository;
  if (train === undefined) {
    return { branch: releaseBranch, head: await headOf(source, releaseBranch), line: undefined };
  }
  const line = parseLine(component.scheme, train);
  const branch = trainBranch(line.name);
  const head = await source.branchCommit(branch);
  if (head !== undefined) return { branch, head, line };
  throw new SlipwayError({
    code: "branch-missing",
    message: `${url} has no branch ${branch}; cut it with: slipway next ${component.name} --train ${line.name} --cut`,
  });
}

/** @throws SlipwayError `version-scheme` when the component can have no such pre-release */
export function checkPreRelease({ component: { name, scheme }, pre }: NextRequest): void {
  if (pre === undefined) return;
  if (scheme === "calver") {
    const message = `${name} has the scheme calver, which has no pre-releases; leave --pre out`;
    throw new SlipwayError({ code: "version-scheme", message });
  }
  if (PRE_RELEASE.test(pre)) return;
  throw new SlipwayError({
    code: "version-scheme",
    message: `found the pre-release ${JSON.stringify(pre)}, expected letters, digits and dashes, a letter first, such as rc`,
  });
}
