/** One way in which a server asks who somebody is. */
export interface Challenge {
  /** In lower case, e.g. `bearer`. */
  scheme: string;
  /** By name, in lower case. */
  parameters: ReadonlyMap<string, string>;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const ITEM = new RegExp(
  `[\\s,]*(${TOKEN})(?:\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s,"]+)))?`,
  "gy",
);

/**
 * Reads a `WWW-Authenticate` header (RFC 9110, section 11.6.1); what cannot be read ends it.
 *
 * @param header several headers may be in it, joined by commas
 */
export function parseChallenges(header: string): Challenge[] {
  const found: { scheme: string; parameters: Map<string, string> }[] = [];
  for (const [, name = "", quoted, plain] of header.matchAll(ITEM)) {
    const value = quoted?.replace(/\\(.)/g, "$1") ?? plain;
    if (value === undefined) found.push({ scheme: name.toLowerCase(), parameters: new Map() });
    else found.at(-1)?.parameters.set(name.toLowerCase(), value);
  }
  return found;
}
