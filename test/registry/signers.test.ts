import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { loadSigners, SIGNERS_FILE, signersProblems } from "../../registry/signers.ts";
import type { Problem } from "../../schemas/problem.ts";

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const PEM = publicKey.export({ type: "spki", format: "pem" }).toString();
const block = (text: string) => `|\n    ${text.trimEnd().replaceAll("\n", "\n    ")}`;

const POLICY = `schema_version: 1
keys:
  releases: ${block(PEM)}
signers:
  orbit-webapp: [releases]
unsigned: [aurora-webapp]
`;

describe("loadSigners", () => {
  it("reads who may sign what", () => {
    const { policy, problems } = load(POLICY);
    expect(problems).toEqual([]);
    const [signer] = policy?.signers.get("orbit-webapp") ?? [];
    expect(signer?.name).toBe("releases");
    expect(signer?.key.equals(publicKey)).toBe(true);
    expect([...(policy?.unsigned ?? [])]).toEqual(["aurora-webapp"]);
  });

  it.each([
    ["a key that is not there", ["[releases]", "[release]"], "signing-key", "signers"],
    ["a component in both lists", ["[aurora-webapp]", "[orbit-webapp]"], "signing-key", "unsigned"],
    ["an unknown key", ["unsigned:", "unsinged:"], "schema", "unsinged"],
    ["no signer", ["[releases]", "[]"], "schema", "signers"],
  ])("refuses %s", (_what, [from = "", to = ""], code, path) => {
    const { policy, problems } = load(POLICY.replace(from, to));
    expect(policy).toBeUndefined();
    expect(problems).toMatchObject([{ code, file: SIGNERS_FILE }]);
    expect(problems[0]?.path).toMatch(new RegExp(`^${path}`));
  });

  it("refuses what only looks like a key", () => {
    const { policy, problems } = load(
      POLICY.replace(/\n {4}[A-Za-z0-9+/=]{60,}\n/, "\n    AAAA\n"),
    );
    expect(policy).toBeUndefined();
    expect(problems).toMatchObject([{ code: "signing-key", path: "keys.releases" }]);
  });

  it("refuses the private half, and does not repeat it", () => {
    const secret = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const { policy, problems } = load(POLICY.replace(block(PEM), block(secret)));
    expect(policy).toBeUndefined();
    expect(problems).toMatchObject([{ code: "schema", path: "keys.releases" }]);
    expect(JSON.stringify(problems)).not.toContain(secret.split("\n")[1]);
  });

  it("says where there is no file", () => {
    const problems: Problem[] = [];
    expect(loadSigners("/nowhere", "mine.yaml", (each) => problems.push(each))).toBeUndefined();
    expect(problems).toMatchObject([{ code: "file-missing", file: "mine.yaml" }]);
  });
});

describe("signersProblems", () => {
  const known = new Set(["orbit-webapp", "aurora-webapp"]);

  it("finds nothing where there is no policy, or a sound one", () => {
    expect(signersProblems("/nowhere", known)).toEqual([]);
    expect(signersProblems(rootWith(POLICY), known)).toEqual([]);
  });

  it("finds components that the catalogue does not have, and what else is wrong", () => {
    const unknown = POLICY.replace("aurora-webapp", "aurora").replace("orbit-webapp", "orbit");
    expect(signersProblems(rootWith(unknown), known)).toMatchObject([
      { code: "unknown-component", file: SIGNERS_FILE, path: "signers.orbit" },
      { code: "unknown-component", file: SIGNERS_FILE, path: "unsigned" },
    ]);
    expect(signersProblems(rootWith(unknown), undefined)).toEqual([]);
    const broken = rootWith(POLICY.replace("[releases]", "[]"));
    expect(signersProblems(broken, known)).toMatchObject([{ code: "schema" }]);
  });
});

function load(text: string) {
  const problems: Problem[] = [];
  const policy = loadSigners(rootWith(text), SIGNERS_FILE, (problem) => problems.push(problem));
  return { policy, problems };
}

function rootWith(text: string): string {
  const root = mkdtempSync(join(tmpdir(), "slipway-signers-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, "releases"));
  writeFileSync(join(root, SIGNERS_FILE), text);
  return root;
}
