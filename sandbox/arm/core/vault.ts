import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
} from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import path from "node:path";

/** Keeps secrets out of the state files: what is stored is sealed with a key that only the owner reads. */
export interface Vault {
  seal(text: string): string;
  /** @throws Error when the text was not sealed with this key */
  open(sealed: string): string;
  /** A key for one purpose, the same at every start. */
  derive(purpose: string): Buffer;
  /** Signature of a short-lived URL. */
  sign(text: string): string;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** @param stateDir an existing folder; gets `secret.key` (32 bytes, mode 0600) at first use */
export function openVault(stateDir: string): Vault {
  const master = readOrCreateKey(path.join(stateDir, "secret.key"));
  const derive = (purpose: string) => Buffer.from(hkdfSync("sha256", master, "", purpose, 32));
  const sealing = derive("seal");
  const signing = derive("sign");
  return {
    seal(text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", sealing, nonce);
      const data = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), data]).toString("base64");
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, "base64");
      const decipher = createDecipheriv("aes-256-gcm", sealing, bytes.subarray(0, NONCE_BYTES));
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const data = bytes.subarray(NONCE_BYTES + TAG_BYTES);
      return Buffer.concat([decipher.update(data), decipher.final()]).toString("utf8");
    },
    derive,
    sign: (text) => createHmac("sha256", signing).update(text).digest("base64url"),
  };
}

/** Lowercase hex of sha256 over the parts; the source of every made-up but stable fact. */
export function hashOf(...parts: string[]): string {
  return createHash("sha256").update(parts.join("\n")).digest("hex");
}

/** A UUID that depends on the parts alone. */
export function uuidOf(...parts: string[]): string {
  const hex = hashOf(...parts);
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}

function readOrCreateKey(file: string): Buffer {
  try {
    const handle = openSync(file, "wx", 0o600);
    const key = randomBytes(32);
    writeSync(handle, key);
    fsyncSync(handle);
    closeSync(handle);
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return readFileSync(file);
  }
}
