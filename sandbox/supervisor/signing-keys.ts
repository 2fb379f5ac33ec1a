import { generateKeyPair, type KeyObject, randomBytes, scrypt } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { xsalsa20poly1305 } from "@noble/ciphers/salsa.js";

/** The variables under which releases find their keys. */
export interface SigningKeyVariables {
  SLIPWAY_SIGNING_KEY: string;
  SLIPWAY_VERIFICATION_KEY: string;
  COSIGN_PASSWORD: string;
}

/** It guards nothing: the key signs what is in the sandbox's own registry. */
const PASSWORD = "slipway-sandbox";
/** The only costs that cosign accepts today, and the memory that they take. */
const COST = { N: 65536, r: 8, p: 1 };
const COST_BYTES = 128 * COST.N * COST.r * 2;
const [SALT_BYTES, KEY_BYTES, NONCE_BYTES] = [32, 32, 24];
const LINE = /.{1,64}/g;

/**
 * The sandbox's own key pair, made when it is first asked for, in the form of `cosign
 * generate-key-pair`. It is made without cosign, which takes minutes to set up: the environment is
 * the same before and after a user does that, and a sandbox starts without waiting for it.
 *
 * @param directory kept by the sandbox; two calls at once make one pair
 */
export async function signingKeys(directory: string): Promise<SigningKeyVariables> {
  const [key, publicKey] = [join(directory, "cosign.key"), join(directory, "cosign.pub")];
  if (!existsSync(publicKey)) await makePair(directory);
  return {
    SLIPWAY_SIGNING_KEY: key,
    SLIPWAY_VERIFICATION_KEY: publicKey,
    COSIGN_PASSWORD: PASSWORD,
  };
}

/** Made beside its place and then moved there, so that the pair is whole or not there. */
async function makePair(directory: string): Promise<void> {
  const pair = await promisify(generateKeyPair)("ec", { namedCurve: "P-256" });
  await mkdir(dirname(directory), { recursive: true });
  const made = await mkdtemp(`${directory}-`);
  try {
    await writeFile(join(made, "cosign.key"), await encrypted(pair.privateKey), { mode: 0o600 });
    const publicText = pair.publicKey.export({ type: "spki", format: "pem" });
    await writeFile(join(made, "cosign.pub"), publicText);
    await rename(made, directory);
  } catch (error) {
    await rm(made, { recursive: true, force: true });
    // Another call was first.
    if (!existsSync(join(directory, "cosign.pub"))) throw error;
  }
}

/**
 * A private key as cosign reads it.
 * Source: https://github.com/secure-systems-lab/go-securesystemslib/tree/main/encrypted
 */
async function encrypted(privateKey: KeyObject): Promise<string> {
  const [salt, nonce] = [randomBytes(SALT_BYTES), randomBytes(NONCE_BYTES)];
  const options = { ...COST, maxmem: COST_BYTES };
  const secret = await new Promise<Buffer>((resolve, reject) => {
    scrypt(PASSWORD, salt, KEY_BYTES, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
  const plain = privateKey.export({ type: "pkcs8", format: "der" });
  const sealed = xsalsa20poly1305(secret, nonce).encrypt(plain);
  const document = JSON.stringify({
    kdf: { name: "scrypt", params: COST, salt: salt.toString("base64") },
    cipher: { name: "nacl/secretbox", nonce: nonce.toString("base64") },
    ciphertext: Buffer.from(sealed).toString("base64"),
  });
  const lines = Buffer.from(document).toString("base64").match(LINE) ?? [];
  const label = "ENCRYPTED SIGSTORE PRIVATE KEY";
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
