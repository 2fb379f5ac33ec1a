import { existsSync } from "node:fs";
import { join } from "node:path";
import { releaseKeys } from "../../attest/index.ts";
import { openRemote, parseReference } from "../../capsule/registry/index.ts";
import type { CapsuleSource } from "../../capsule/source.ts";
import {
  type CapsuleVerdict,
  type Check,
  lookupIn,
  oneSigner,
  readFreight,
  type Signers,
  signersOf,
  type VerifyOptions,
  verifyCapsule,
} from "../../capsule/verify/index.ts";
import { loadSigners, SIGNERS_FILE } from "../../registry/signers.ts";
import { type Problem, SlipwayError } from "../../schemas/problem.ts";
import { findRoot } from "../root.ts";
import type { ExitCode } from "../types.ts";
import { isLayout, openSource, type SourceFlags } from "./source.ts";

export interface VerifyRequest {
  /** Folder of an OCI layout, or `<registry>/<repository>` with a tag or a digest. */
  capsule: string;
  cwd?: string;
  /** `<component>@<version>` */
  release?: string;
  /** Whether any other version of that component does, too. */
  anyVersion?: boolean;
  policy?: string;
  freight?: string;
  insecure?: boolean;
  onProgress?: SourceFlags["onProgress"];
}

/** A capsule, and how it is verified. */
export interface Verifiable {
  source: CapsuleSource;
  /** @param source the same, or what reads from it */
  check: (source: CapsuleSource) => Promise<CapsuleVerdict>;
}

/** @throws SlipwayError as `openVerifiable`, and where the capsule cannot be read */
export async function verify(request: VerifyRequest): Promise<CapsuleVerdict> {
  const { source, check } = await openVerifiable(request);
  return check(source);
}

/**
 * Opens a capsule that is to be verified. A checkout is needed for nothing but its key policy.
 *
 * @throws SlipwayError `usage`, `freight`, what is wrong with the policy, and as `openSource`
 */
export async function openVerifiable(request: VerifyRequest): Promise<Verifiable> {
  const { capsule, release, insecure = false, onProgress } = request;
  const expected = release === undefined ? {} : { expected: expectedOf(release, request) };
  const freight =
    request.freight === undefined ? {} : { freight: await readFreight(request.freight) };
  const trust = trustOf(request);
  const source = await openSource(capsule, { insecure, ...(onProgress && { onProgress }) });
  const home = isLayout(capsule) ? undefined : homeOf(capsule, insecure);
  const check = (each: CapsuleSource): Promise<CapsuleVerdict> =>
    verifyCapsule(each, {
      ...expected,
      ...freight,
      ...trust,
      ...(home && { home }),
      openImages: async (registry, repository) =>
        // Plain http was allowed for where the capsule is, and the capsule itself names its image's.
        lookupIn(
          openRemote(
            { registry, repository },
            { insecure: insecure && registry === home?.registry },
          ),
        ),
    });
  return { source, check };
}

export function exitCodeOf({ ok, checks }: CapsuleVerdict): ExitCode {
  if (ok) return 0;
  return checks.some(({ verdict }) => verdict === "refused") ? 3 : 1;
}

export function printVerdict(document: CapsuleVerdict): string {
  const { ok, ref, identity, checks } = document;
  const name = identity === undefined ? ref : `${identity.component}@${identity.version}`;
  const refused = checks.filter(({ verdict }) => verdict === "refused");
  const open = checks.filter(({ verdict }) => verdict === "unknown");
  const verdict = ok
    ? `${name} is verified`
    : refused.length > 0
      ? `${name} is refused: ${namesOf(refused)}`
      : `${name} is not verified, for want of an answer: ${namesOf(open)}`;
  return [ref, ...checks.map(lineOf), verdict].join("\n");
}

function lineOf({ name, verdict, evidence, code }: Check): string {
  const why = code === undefined ? evidence : `${evidence} (${code})`;
  return `  ${name.padEnd(10)}  ${verdict.padEnd(7)}  ${why}`;
}

function namesOf(checks: readonly Check[]): string {
  return checks.map(({ name }) => name).join(", ");
}

function homeOf(capsule: string, insecure: boolean): NonNullable<VerifyOptions["home"]> {
  const { registry, repository } = parseReference(capsule);
  const lookup = lookupIn(openRemote({ registry, repository }, { insecure }));
  return { registry, repository, lookup };
}

/** @throws SlipwayError with everything that is wrong with the policy */
function trustOf(request: VerifyRequest): { signers: Signers; policy: string } {
  const file = policyFile(request);
  if (file === undefined) {
    const { publicKey } = releaseKeys(process.env);
    const policy = "SLIPWAY_VERIFICATION_KEY";
    return { signers: oneSigner(policy, publicKey), policy };
  }
  const problems: Problem[] = [];
  const policy = loadSigners(file.root, file.name, (problem) => problems.push(problem));
  if (policy === undefined) throw new SlipwayError(problems);
  return { signers: signersOf(policy, request.release !== undefined), policy: policy.file };
}

/** The policy that was named, else that of the checkout, where there is one. */
function policyFile({ policy, cwd }: VerifyRequest): { root: string; name: string } | undefined {
  if (policy !== undefined) return { root: "", name: policy };
  try {
    const root = findRoot(cwd);
    return existsSync(join(root, SIGNERS_FILE)) ? { root, name: SIGNERS_FILE } : undefined;
  } catch (error) {
    // Whoever promotes need not have a checkout; one that was named has to be there.
    if (cwd !== undefined || !(error instanceof SlipwayError)) throw error;
    return undefined;
  }
}

function expectedOf(release: string, { anyVersion }: VerifyRequest) {
  const { component, version } = releaseNamed(release);
  return anyVersion === true ? { component } : { component, version };
}

function releaseNamed(release: string): { component: string; version: string } {
  const [, component, version] = /^([^@]+)@([^@]+)$/.exec(release) ?? [];
  if (component !== undefined && version !== undefined) return { component, version };
  const message = `--release ${JSON.stringify(release)} is not <component>@<version>, e.g. orbit-webapp@1.5.0`;
  throw new SlipwayError({ code: "usage", message });
}
