import { tmpdir } from "node:os";
import { simpleGit } from "simple-git";
import type { TagExpectation } from "../config/plan-types.ts";
import type { Problem } from "../schemas/problem.ts";
import { type EndpointMap, endpointMapFrom } from "./endpoints.ts";
import { gitFailure, gitRemoteEnvironment, isPlainHttps } from "./git-environment.ts";

export interface CheckTagsOptions {
  env?: Readonly<Record<string, string | undefined>>;
  /** Source tokens by repository key. */
  tokens?: Readonly<Record<string, string>>;
  /** Milliseconds for one repository's listing. */
  timeout?: number;
}

interface Remote {
  /** Canonical, for messages. */
  url: string;
  repository: string;
  expectations: TagExpectation[];
}

/** Tag name to the commit it stands for: an annotated tag counts as what it points at. */
type Listing = ReadonlyMap<string, string>;

const TIMEOUT_MILLISECONDS = 60_000;
const TAG_LINE = /^([0-9a-f]{40}|[0-9a-f]{64})\trefs\/tags\/(.+)$/;

/**
 * Compares each recorded tag with its remote (D-06), by one `git ls-remote` per repository, all of
 * them at once. Changes nothing and writes nothing.
 *
 * @returns `tag-moved`, `tag-missing` and, once per repository, `repository-unreachable`
 * @throws SlipwayError `endpoint-map`
 */
export async function checkTags(
  expectations: readonly TagExpectation[],
  options: CheckTagsOptions = {},
): Promise<Problem[]> {
  const env = options.env ?? process.env;
  const endpoints = endpointMapFrom(env);
  const problems = await Promise.all(
    byRemote(expectations).map(async (remote) => {
      const token = options.tokens?.[remote.repository];
      const timeout = options.timeout ?? TIMEOUT_MILLISECONDS;
      const listing = await list(remote.url, { env, endpoints, token, timeout });
      if (typeof listing === "string") return [unreachable(remote, listing)];
      return remote.expectations.flatMap((expected) => compare(expected, listing) ?? []);
    }),
  );
  return problems.flat();
}

function byRemote(expectations: readonly TagExpectation[]): Remote[] {
  const remotes = new Map<string, Remote>();
  for (const expected of expectations) {
    const remote = remotes.get(expected.url);
    if (remote !== undefined) remote.expectations.push(expected);
    else {
      const { url, repository } = expected;
      remotes.set(url, { url, repository, expectations: [expected] });
    }
  }
  return [...remotes.values()];
}

/** @returns the tags, or why they could not be had: one line, without the token */
async function list(
  url: string,
  options: {
    env: Readonly<Record<string, string | undefined>>;
    endpoints: EndpointMap;
    token: string | undefined;
    timeout: number;
  },
): Promise<Listing | string> {
  const { token, timeout } = options;
  if (!isPlainHttps(url)) return "its URL is not https";
  const target = options.endpoints.mapGitUrl(url);
  const environment = gitRemoteEnvironment(options.env, { url: target, token });
  const signal = AbortSignal.timeout(timeout);
  try {
    const git = simpleGit({
      // Not the checkout: its `.git/config` could rewrite the URL.
      baseDir: tmpdir(),
      abort: signal,
      allowEnvironment: Object.keys(environment),
      unsafe: {
        allowUnsafeConfigEnvCount: true,
        allowUnsafeAskPass: true,
        allowUnsafeConfigPaths: true,
        allowUnsafeExec: true,
        allowUnsafeSshCommand: true,
      },
    }).env(environment);
    return parseListing(await git.raw(["ls-remote", "--tags", "--", target]));
  } catch (error) {
    if (signal.aborted) return `no answer within ${timeout / 1000} s`;
    return gitFailure(error instanceof Error ? error.message : String(error), token);
  }
}

function parseListing(output: string): Listing {
  const tags = new Map<string, string>();
  for (const line of output.split("\n")) {
    const [, object, name] = TAG_LINE.exec(line) ?? [];
    if (object === undefined || name === undefined) continue;
    // `<tag>^{}` follows an annotated `<tag>` and names the commit.
    tags.set(name.endsWith("^{}") ? name.slice(0, -3) : name, object);
  }
  return tags;
}

function compare(expected: TagExpectation, listing: Listing): Problem | undefined {
  const { tag, commit, file, url } = expected;
  const found = listing.get(tag);
  if (found === commit) return undefined;
  const at = { file, path: "source.commit" };
  if (found === undefined) {
    return {
      ...at,
      code: "tag-missing",
      message: `tag ${tag} is not in ${url}; the record pins ${commit}: push the tag there again (git push origin ${commit}:refs/tags/${tag})`,
    };
  }
  return {
    ...at,
    code: "tag-moved",
    message: `tag ${tag} of ${url} stands at ${found}, the record pins ${commit}: a release tag never moves; put it back, or release a new version`,
  };
}

function unreachable(remote: Remote, why: string): Problem {
  const [first] = remote.expectations;
  return {
    code: "repository-unreachable",
    ...(first === undefined ? {} : { file: first.file, path: "source.repo" }),
    message: `${remote.url} could not be listed: ${why}; ${remote.expectations.length} recorded tag(s) are unchecked. Is its token set? (pulumi config set --secret --path slipway:source_tokens.${remote.repository})`,
  };
}
