import { createPublicKey, type KeyObject } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type Problem,
  placeOf,
  type Report,
  readDocument,
  validateDocument,
} from "../schemas/index.ts";

/** Path of the key policy in a checkout. */
export const SIGNERS_FILE = "releases/signers.yaml";

/** A public key that may sign, by the name that the policy gives it. */
export interface SignerKey {
  name: string;
  key: KeyObject;
}

/** Who may sign the capsules of which component. */
export interface SignerPolicy {
  /** As it was named. */
  file: string;
  /** Any of them is enough; no component has none. */
  signers: ReadonlyMap<string, readonly SignerKey[]>;
  /** Components whose capsules need no signature. */
  unsigned: ReadonlySet<string>;
}

interface SignersDocument {
  keys: Readonly<Record<string, string>>;
  signers: Readonly<Record<string, readonly string[]>>;
  unsigned: readonly string[];
}

/**
 * Reads a key policy. It stands apart from the catalogue, so that whoever promotes can keep one of
 * their own.
 *
 * @param root folder that `file` is relative to; may be empty
 * @returns undefined when something was reported: `schema`, `signing-key`, and what keeps it from
 *   being read
 */
export function loadSigners(root: string, file: string, report: Report): SignerPolicy | undefined {
  const document = readDocument(root, file, report);
  if (document === undefined) return undefined;
  const data = validateDocument<SignersDocument>("signers", document, report);
  if (data === undefined) return undefined;
  let isSound = true;
  const found = (path: (string | number)[], message: string) => {
    isSound = false;
    report({ ...document.at(path), code: "signing-key", message });
  };
  const keys = new Map<string, SignerKey>();
  for (const [name, text] of Object.entries(data.keys)) {
    const key = publicKeyIn(text);
    if (key !== undefined) keys.set(name, { name, key });
    else found(["keys", name], "found no public key in this PEM, expected one; take it anew");
  }
  const signers = new Map<string, SignerKey[]>();
  for (const [component, names] of Object.entries(data.signers)) {
    names.forEach((name, index) => {
      if (Object.hasOwn(data.keys, name)) return;
      const known = Object.keys(data.keys).join(", ");
      const message = `found the key ${JSON.stringify(name)}, expected one of ${known}; add it`;
      found(["signers", component, index], message);
    });
    signers.set(
      component,
      names.flatMap((name) => keys.get(name) ?? []),
    );
  }
  data.unsigned.forEach((component, index) => {
    if (!signers.has(component)) return;
    const message = `found ${component} under signers, too, expected it in one of the two; remove it from the other`;
    found(["unsigned", index], message);
  });
  return isSound ? { file, signers, unsigned: new Set(data.unsigned) } : undefined;
}

/**
 * What is wrong with the key policy of a checkout; nothing where there is none.
 *
 * @param components names of the catalogue's; undefined where it cannot be read
 */
export function signersProblems(
  root: string,
  components: ReadonlySet<string> | undefined,
): Problem[] {
  if (!existsSync(join(root, SIGNERS_FILE))) return [];
  const problems: Problem[] = [];
  const policy = loadSigners(root, SIGNERS_FILE, (problem) => problems.push(problem));
  for (const name of [...(policy?.signers.keys() ?? []), ...(policy?.unsigned ?? [])]) {
    if (components === undefined || components.has(name)) continue;
    const message = `found the component "${name}", expected one of ${[...components].join(", ")}; correct it`;
    const path = policy?.signers.has(name) ? ["signers", name] : ["unsigned"];
    problems.push({ ...placeOf(root, SIGNERS_FILE, path), code: "unknown-component", message });
  }
  return problems;
}

function publicKeyIn(text: string): KeyObject | undefined {
  try {
    return createPublicKey(text);
  } catch {
    return undefined;
  }
}
