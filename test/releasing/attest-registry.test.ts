import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { attest, attested } from "../../releasing/attest/index.ts";
import { problemsOf } from "./kinds/context.ts";
import { component, record } from "./next-fixture.ts";

const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

/** Where the registry answers everything with this status. */
async function answering(status: number): Promise<Record<string, string>> {
  const server = createServer((_, response) => response.writeHead(status).end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return {
    SLIPWAY_ENDPOINTS: JSON.stringify({ "*.azurecr.io": `http://127.0.0.1:${port}/*` }),
    SLIPWAY_VERIFICATION_KEY: "env://RELEASES",
    RELEASES: publicKey.export({ type: "spki", format: "pem" }).toString(),
  };
}

describe("a registry that refuses while a release is attested", () => {
  it.each(["attest", "attested"] as const)("is told as that by %s", async (name) => {
    const env = await answering(403);
    const request = {
      component: component({ attestations: { sbom: false, provenance: false, signature: true } }),
      record: record("1.0.0", "a".repeat(40)),
      artifact: { registry: "slipwaydev.azurecr.io", digest: `sha256:${"b".repeat(64)}` },
      builder: "acr" as const,
      env,
      note: () => {},
    };
    const work = name === "attest" ? attest(request) : attested(request);
    expect(await problemsOf(work)).toEqual([
      {
        code: "registry-unreachable",
        message: expect.stringMatching(/^slipwaydev\.azurecr\.io could not be read or written: /),
      },
    ]);
  });
});
