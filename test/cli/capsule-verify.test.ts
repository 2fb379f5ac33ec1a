import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { writeLayout } from "../../capsule/layout.ts";
import { MANIFEST_MAX_BYTES } from "../../capsule/read.ts";
import { CHECK_NAMES } from "../../capsule/verify/index.ts";
import { inspect } from "../../cli/capsule/inspect.ts";
import { push } from "../../cli/capsule/push.ts";
import { render } from "../../cli/capsule/render.ts";
import { exitCodeOf, printVerdict, verify } from "../../cli/capsule/verify.ts";
import type { ErrorDocument } from "../../cli/errors.ts";
import { COMMIT, sampleCapsule } from "../capsule/sample.ts";
import { slipway } from "./bin.ts";

afterEach(() => void vi.unstubAllEnvs());

describe("slipway capsule verify", () => {
  it("tells each check of a folder, and what it cannot know of one", async () => {
    await withoutImages();
    vi.stubEnv("SLIPWAY_VERIFICATION_KEY", "env://NO_SUCH_KEY");
    const verdict = await verify({ capsule: await layout() });
    expect(verdict.checks.map(({ name, verdict: each, code }) => [name, each, code])).toEqual([
      ["manifest", "passed", undefined],
      ["identity", "passed", undefined],
      ["image", "refused", "image-missing"],
      ["provenance", "refused", "attestation"],
      ["sbom", "refused", "attestation"],
      ["signature", "unknown", "signing-key"],
      ["freight", "skipped", undefined],
    ]);
    expect(exitCodeOf(verdict)).toBe(3);
    const text = printVerdict(verdict);
    expect(text).toMatch(
      /^ {2}image +refused +found no slipwaydev\.azurecr\.io\/.*\(image-missing\)$/m,
    );
    expect(text).toMatch(/^orbit-webapp@1\.5\.0 is refused: image, provenance, sbom$/m);
  });

  it.each<[string, (file: string) => void]>([
    ["other bytes", (file) => writeFileSync(file, "{}")],
    ["more bytes than any manifest has", (file) => truncateSync(file, MANIFEST_MAX_BYTES + 1)],
    ["nothing", (file) => rmSync(file)],
  ])("refuses a folder with %s where its index names the manifest", async (_what, tamper) => {
    const capsule = await layout();
    const { digest } = await sampleCapsule();
    tamper(join(capsule, "blobs", digest.replace(":", "/")));
    const verdict = await verify({ capsule });
    expect(verdict).toMatchObject({ ok: false, digest, ref: capsule });
    expect(verdict.checks.map(({ name, verdict: each, code }) => [name, each, code])).toEqual([
      ["manifest", "refused", "capsule-invalid"],
      ...CHECK_NAMES.slice(1).map((name) => [name, "skipped", undefined]),
    ]);
    expect(exitCodeOf(verdict)).toBe(3);
    const { ok, checks } = verdict;
    const rendered = await render({ capsule, note: () => {} });
    expect(rendered).toMatchObject({ data: { ok, checks }, exitCode: 3 });
    for (const reading of [
      () => inspect(capsule),
      () => push({ capsule, note: () => {} }),
      () => render({ capsule, unverified: true, note: () => {} }),
    ]) {
      await expect(reading()).rejects.toMatchObject({
        code: expect.stringMatching(/^(capsule-invalid|file-missing)$/),
      });
    }
  });

  it("goes by the policy of the checkout, else by the one that is named", async () => {
    await withoutImages();
    const capsule = await layout();
    const root = temp();
    writeFileSync(join(root, "Pulumi.yaml"), "name: slipway\n");
    mkdirSync(join(root, "releases"));
    const policy = (unsigned: string) =>
      `schema_version: 1\nkeys: {}\nsigners: {}\nunsigned: [${unsigned}]\n`;
    writeFileSync(join(root, "releases/signers.yaml"), policy("orbit-webapp"));
    const own = join(root, "own.yaml");
    writeFileSync(own, policy("aurora-webapp"));
    const signature = async (named: { policy?: string; release?: string }) =>
      (await verify({ capsule, cwd: root, ...named })).checks.find(
        ({ name }) => name === "signature",
      );
    expect(await signature({})).toMatchObject({
      verdict: "skipped",
      evidence: "releases/signers.yaml lets capsules of orbit-webapp be unsigned",
    });
    expect(await signature({ policy: own })).toMatchObject({
      verdict: "refused",
      evidence: `found no signer of orbit-webapp in ${own}`,
    });
    writeFileSync(own, policy("aurora-webapp, orbit-webapp"));
    expect(await signature({ policy: own })).toMatchObject({ verdict: "unknown" });
    const release = "orbit-webapp@1.5.0";
    expect(await signature({ policy: own, release })).toMatchObject({ verdict: "skipped" });
  });

  it("asks no image's registry by plain http for the sake of where the capsule is", async () => {
    const asked: string[] = [];
    const proxy = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(404).end();
    });
    proxy.on("connect", ({ url }, socket) => {
      asked.push(`CONNECT ${url}`);
      socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void proxy.close());
    vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    vi.stubEnv("SLIPWAY_VERIFICATION_KEY", "env://NO_SUCH_KEY");
    vi.stubEnv("SLIPWAY_ENDPOINTS", undefined);
    const verdict = await verify({ capsule: await layout(), insecure: true });
    expect(asked).toEqual(["CONNECT slipwaydev.azurecr.io:443"]);
    expect(verdict.checks[2]).toMatchObject({ name: "image", verdict: "unknown" });
  });

  it("exits 0 only when all is well, 3 for a no, and 1 for want of an answer", () => {
    const document = { ok: false, ref: "it", digest: `sha256:${"a".repeat(64)}` };
    const check = (verdict: "passed" | "refused" | "unknown" | "skipped") =>
      ({ name: "image", verdict, evidence: "" }) as const;
    const code = (ok: boolean, ...checks: ReturnType<typeof check>[]) =>
      exitCodeOf({ ...document, ok, checks });
    expect(code(true, check("passed"), check("skipped"))).toBe(0);
    expect(code(false, check("unknown"), check("passed"))).toBe(1);
    expect(code(false, check("unknown"), check("refused"))).toBe(3);
    const open = printVerdict({ ...document, checks: [check("unknown")] });
    expect(open).toMatch(/^it is not verified, for want of an answer: image$/m);
  });

  it.each([
    ["a release that is none", ["--release", "orbit-webapp"], 2, "usage"],
    ["a Freight that is not there", ["--freight", "none.json"], 1, "file-missing"],
    ["a policy that is not there", ["--policy", "none.yaml"], 1, "file-missing"],
    ["a checkout that is none", ["--cwd", tmpdir()], 1, "file-missing"],
  ])("ends before it looks at %s", async (_what, args, exitCode, code) => {
    const ended = await slipway(tmpdir(), "capsule", "verify", "./capsule", ...args, "--json");
    expect(ended.exitCode).toBe(exitCode);
    expect((JSON.parse(ended.stdout) as ErrorDocument).error.code).toBe(code);
  });
});

async function layout(): Promise<string> {
  const folder = join(temp(), "capsule");
  await writeLayout(folder, await sampleCapsule(), `git-${COMMIT}`);
  return folder;
}

/** A registry that has nothing. */
async function withoutImages(): Promise<void> {
  const server = createServer((_, response) => response.writeHead(404).end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const map = { "*.azurecr.io": `http://127.0.0.1:${port}/*` };
  vi.stubEnv("SLIPWAY_ENDPOINTS", JSON.stringify(map));
}

function temp(): string {
  const folder = mkdtempSync(join(tmpdir(), "slipway-verify-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
