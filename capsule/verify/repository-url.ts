/** Characters that no address needs: nothing below is tried on more. */
const MAX_LENGTH = 2_000;

/**
 * Host and path of a git repository, in which its addresses agree: `https`, `ssh` and git's own short
 * form, with `.git` at the end or without it, with a user in front or none.
 *
 * @returns undefined for what is no address
 */
export function repositoryKey(address: string): string | undefined {
  if (address.length > MAX_LENGTH) return undefined;
  const short = /^(?:[^/@:]+@)?([^/@:]+):(?!\/)(.+)$/.exec(address);
  const url = short ? `ssh://${short[1]}/${short[2]}` : address;
  if (!URL.canParse(url)) return undefined;
  const { host, pathname } = new URL(url);
  const path = pathname.replace(/\/+$/, "").replace(/\.git$/, "");
  return host === "" || path === "" ? undefined : host.toLowerCase() + path;
}

/** The repository in what provenance was built from, e.g. `git+<clone URL>@<ref>`. */
export function repositoryIn(uri: string): string {
  if (uri.length > MAX_LENGTH) return "";
  return uri.replace(/^git\+/, "").replace(/(?<=[^/:]\/[^@]*)@.*$/, "");
}

/** Whether two addresses are of one repository. */
export function isSameRepository(one: string, other: string): boolean {
  const key = repositoryKey(one);
  return key !== undefined && key === repositoryKey(other);
}
