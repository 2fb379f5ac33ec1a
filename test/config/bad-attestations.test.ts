import { describe, expect, it } from "vitest";
import { loadCheckout } from "../../config/index.ts";
import { editsOf, goodCheckout, itFindsEach } from "../fixtures/bad-input.ts";
import type { TempCheckout } from "../fixtures/checkout.ts";
import { BUILT, digest, PENDING, RECORD } from "../fixtures/record-text.ts";

const CATALOGUE = "releases/catalogue.yaml";
const ATTESTATIONS = `attestations:
  sbom: ${digest("b")}
  provenance: ${digest("c")}
  signature: ${digest("d")}
`;
const COMPLETE = `${BUILT}${ATTESTATIONS}`;

const COMPONENTS = editsOf(CATALOGUE, [
  [
    "an SBOM of a chart is asked for",
    "    path: charts/orbit-chart\n",
    "    path: charts/orbit-chart\n    attestations: { sbom: true } # here\n",
    "catalogue-rule",
    /found sbom of a helm_chart, expected it of container only/,
  ],
  [
    "a signature of a Go module is asked for",
    "    path: go/trajectory\n",
    "    path: go/trajectory\n    attestations: { signature: true } # here\n",
    "catalogue-rule",
    /found signature of a go_module, expected it of container, helm_chart, binaries only/,
  ],
  [
    "an attestation is unknown",
    "    path: services/aurora-webapp\n",
    "    path: services/aurora-webapp\n    attestations: { sbon: true } # here\n",
    "schema",
    /unknown key/,
  ],
]);

const RECORDS = editsOf(RECORD, [
  [
    "a pending record has attestations",
    PENDING,
    `${PENDING}${ATTESTATIONS.replace(":", ": # here")}`,
    "record-mismatch",
    /found "attestations", expected "none": there is no digest that they are about/,
  ],
  [
    "attestations stand in another order",
    PENDING,
    COMPLETE.replace(
      /( {2}sbom: .*)\n( {2}provenance: .*)\n/,
      (_, sbom, provenance) => `${provenance} # here\n${sbom}\n`,
    ),
    "key-order",
    /found the keys provenance, sbom, signature, expected the order sbom, provenance, signature/,
  ],
  [
    "attestations are none",
    PENDING,
    COMPLETE.replace(ATTESTATIONS, "attestations: {} # here\n"),
    "schema",
    /expected the attestations/,
  ],
  [
    "an attestation is no digest",
    PENDING,
    COMPLETE.replace(digest("b"), "yes # here"),
    "schema",
    /expected sha256: and 64/,
  ],
]);

describe("attestations", () => {
  itFindsEach([...COMPONENTS, ...RECORDS]);

  it("are asked for by component, and none unless given", async () => {
    const checkout = await goodCheckout();
    asking(checkout);
    const { checkout: loaded, problems } = await loadCheckout(checkout.root);
    expect(problems).toEqual([]);
    const components = loaded?.registry.catalogue.components;
    expect(components?.get("aurora-webapp")?.attestations).toEqual({
      sbom: true,
      provenance: false,
      signature: true,
    });
    expect(components?.get("registry-service")?.attestations).toEqual({
      sbom: false,
      provenance: false,
      signature: false,
    });
  });

  it("are read from a record", async () => {
    const checkout = await goodCheckout();
    checkout.edit(RECORD, PENDING, COMPLETE);
    const { checkout: loaded, problems } = await loadCheckout(checkout.root);
    expect(problems).toEqual([]);
    const record = loaded?.registry.records
      .get("orbit-webapp")
      ?.find(({ version }) => version === "1.4.0");
    expect(record?.attestations).toEqual({
      sbom: digest("b"),
      provenance: digest("c"),
      signature: digest("d"),
    });
  });
});

function asking(checkout: TempCheckout): void {
  checkout.edit(
    CATALOGUE,
    "    path: services/aurora-webapp\n",
    "    path: services/aurora-webapp\n    attestations: { sbom: true, signature: true }\n",
  );
}
