import { createPublicKey, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { SlipwayError } from "../schemas/problem.ts";
import { CosignFailure, cosign, type Environment } from "./cosign.ts";

const SIGNING = "SLIPWAY_SIGNING_KEY";
const VERIFICATION = "SLIPWAY_VERIFICATION_KEY";
const REFERENCE = "a file, env://NAME or the URI of a key management service";
/** A scheme of two letters at least: `C:` is a drive. */
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]+:/;

/** The key pair of releases, each half named as cosign names keys. */
export interface ReleaseKeys {
  /** The half that signatures are checked with. */
  publicKey(): Promise<KeyObject>;
  /** Reference of the half that signs; checked to belong to the public one. */
  signingKey(): Promise<string>;
  /** Variables, besides `COSIGN_PASSWORD`, that cosign reads the key from. */
  variables: readonly string[];
}

/**
 * The keys that `SLIPWAY_SIGNING_KEY` and `SLIPWAY_VERIFICATION_KEY` name. Nothing is read yet. The
 * first is enough to sign and to check, the second to check.
 *
 * @throws SlipwayError `signing-key` for what is no reference; from the methods, where a key is
 *   missing, unreadable, or not the other's half
 */
export function releaseKeys(env: Environment): ReleaseKeys {
  const signing = reference(SIGNING, env[SIGNING]);
  const verification = reference(VERIFICATION, env[VERIFICATION]);
  const variables = [signing, verification].flatMap((key) => variableOf(key) ?? []);
  const derive = (key: string) => derivePublicKey(key, env, variables);
  let known: Promise<KeyObject> | undefined;
  const readKey = async () =>
    verification !== undefined
      ? readPublicKey(verification, env, derive)
      : derive(signing ?? missing(VERIFICATION, "check signatures"));
  const publicKey = () => {
    known ??= readKey();
    return known;
  };
  let checked: Promise<string> | undefined;
  const checkedKey = async () => {
    const key = signing ?? missing(SIGNING, "sign");
    if (verification === undefined) return key;
    const [mine, theirs] = await Promise.all([derive(key), publicKey()]);
    if (mine.equals(theirs)) return key;
    throw problem(
      `the key of ${SIGNING} is not the other half of ${VERIFICATION}: what it signs could not be checked; set both to one pair`,
    );
  };
  return {
    variables,
    publicKey,
    signingKey() {
      checked ??= checkedKey();
      return checked;
    },
  };
}

/** A key itself must not get into argument lists and messages. */
function reference(variable: string, value: string | undefined): string | undefined {
  if (value === undefined || value === "") return undefined;
  if (/[\r\n]|-----BEGIN/.test(value)) {
    throw problem(
      `${variable} holds a key itself, expected a reference to one: ${REFERENCE}; put the key into a variable of its own and set ${variable}=env://NAME`,
    );
  }
  return value;
}

function variableOf(key: string | undefined): string | undefined {
  return key?.startsWith("env://") ? key.slice("env://".length) : undefined;
}

async function readPublicKey(
  key: string,
  env: Environment,
  derive: (key: string) => Promise<KeyObject>,
): Promise<KeyObject> {
  const variable = variableOf(key);
  if (variable === undefined && SCHEME.test(key)) return derive(key);
  try {
    return createPublicKey(variable === undefined ? await readFile(key) : (env[variable] ?? ""));
  } catch {
    throw problem(
      `${VERIFICATION} is ${key}, where no public key in PEM is found, expected one, as \`cosign public-key\` prints it: ${REFERENCE}`,
    );
  }
}

async function derivePublicKey(
  key: string,
  env: Environment,
  variables: readonly string[],
): Promise<KeyObject> {
  try {
    return createPublicKey(await cosign(["public-key", `--key=${key}`], env, variables));
  } catch (error) {
    if (!(error instanceof CosignFailure)) throw error;
    throw problem(
      `the key ${key} could not be read: ${error.message}; is COSIGN_PASSWORD its password?`,
    );
  }
}

function missing(variable: string, purpose: string): never {
  throw problem(
    `${variable} is not set, expected a key to ${purpose} with: ${REFERENCE}; make a pair with \`cosign generate-key-pair\`, or take the sandbox's from \`slipway sandbox env\``,
  );
}

function problem(message: string): SlipwayError {
  return new SlipwayError({ code: "signing-key", message });
}
