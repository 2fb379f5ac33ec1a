import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { attest, attested } from "../../attest/index.ts";
import { serveHttp } from "../fixtures/http.ts";
import { problemsOf } from "../releasing/kinds/context.ts";
import { component, record } from "../releasing/next-fixture.ts";

const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

/** Where the registry answers everything with this status. */
async function answering(status: number): Promise<Record<string, string>> {
  const origin = await serveHttp((_, response) => response.writeHead(status).end());
  return {
    SLIPWAY_ENDPOINTS: JSON.stringify({ "*.azurecr.io": `${origin}/*` }),
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
