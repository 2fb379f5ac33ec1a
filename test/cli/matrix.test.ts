import { describe, expect, it } from "vitest";
import type { MatrixDocument } from "../../cli/matrix/index.ts";
import { type TempCheckout, tempCheckout } from "../fixtures/checkout.ts";
import { json, slipway } from "./bin.ts";

const ENVIRONMENT = "environments/dev.yaml";
const CATALOGUE = "releases/catalogue.yaml";

/** Gives the agent a contract test: a program that writes down what it was told. */
function addContractTest(checkout: TempCheckout, code: string): void {
  checkout.write("contract.mjs", code);
  checkout.edit(
    CATALOGUE,
    "    path: services/maxq-orbit-agent\n",
    "    path: services/maxq-orbit-agent\n    contract_test: [node, contract.mjs]\n",
  );
}

describe("slipway matrix", () => {
  it("finds every combination that runs, with who runs it", async () => {
    const { root } = await tempCheckout();
    const { ok, verdict, supported, running } = await json<MatrixDocument>(root, "matrix");
    expect({ ok, verdict }).toEqual({ ok: true, verdict: "supported" });
    expect(supported).toHaveLength(3);
    const [own, ...overridden] = running.dev ?? [];
    expect(own).toMatchObject({ versions: { "orbit-webapp": "1.4.0" }, supported: true });
    expect(own?.solutions).toContain("globex");
    expect(overridden).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          solutions: ["hooli"],
          versions: expect.objectContaining({ "maxq-orbit-agent-webapp": "0.6.1" }),
        }),
        expect.objectContaining({
          solutions: expect.arrayContaining(["umbrella"]),
          versions: expect.objectContaining({ "orbit-webapp": "1.4.1", "aurora-webapp": "3.0.0" }),
        }),
      ]),
    );
  });

  it("exits 1 and names the solution when one runs what no row has", async () => {
    const checkout = await tempCheckout();
    checkout.edit(ENVIRONMENT, "maxq-orbit-agent-webapp: 0.6.1", "maxq-orbit-agent: 0.8.0");
    const { exitCode, stdout } = await slipway(checkout.root, "matrix");
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^dev \(hooli\): .*maxq-orbit-agent 0\.8\.0.*: not supported$/m);
    expect(stdout).toMatch(/^ {2}.* has maxq-orbit-agent >=0\.9\.0 <1\.0\.0$/m);
    expect(stdout).toMatch(/what runs is unsupported$/);
  });

  it("leaves out solutions that run nothing any more", async () => {
    const checkout = await tempCheckout();
    checkout.edit(ENVIRONMENT, "maxq-orbit-agent-webapp: 0.6.1", "maxq-orbit-agent: 0.8.0");
    checkout.edit("solutions.yaml", "id: hooli\n", "id: hooli\n    state: retired\n");
    const { verdict } = await json<MatrixDocument>(checkout.root, "matrix");
    expect(verdict).toBe("supported");
  });

  it("runs the contract test of a component once for each pair that a row declares", async () => {
    const checkout = await tempCheckout();
    addContractTest(
      checkout,
      `import { appendFileSync } from "node:fs";
const { SLIPWAY_COMPONENT: c, SLIPWAY_VERSION: v, SLIPWAY_COMMIT: h } = process.env;
const { SLIPWAY_WITH_COMPONENT: wc, SLIPWAY_WITH_VERSION: wv } = process.env;
appendFileSync("told.txt", \`\${c} \${v} \${h?.length} \${wc} \${wv}\\n\`);
`,
    );
    const { ok, tests } = await json<MatrixDocument>(checkout.root, "matrix", "--test");
    expect(ok).toBe(true);
    const told = checkout.read("told.txt").trim().split("\n");
    expect(told).toHaveLength(tests?.length ?? 0);
    expect(new Set(told).size).toBe(told.length);
    expect(told).toContain("maxq-orbit-agent 0.9.1 40 orbit-webapp 2.0.0-rc.1");
    expect(told).toContain("maxq-orbit-agent 0.9.1 40 orbit-webapp 1.4.1");
    expect(told).toContain("maxq-orbit-agent 0.8.0 40 registry-service 2026.06.1");
    expect(told.every((line) => line.startsWith("maxq-orbit-agent "))).toBe(true);
  });

  it("exits 1 when a contract test fails, with its last lines on stderr", async () => {
    const checkout = await tempCheckout();
    addContractTest(
      checkout,
      `if (process.env.SLIPWAY_WITH_COMPONENT !== "aurora-webapp") process.exit(0);
console.error("the answer has no field total");
process.exit(7);
`,
    );
    const { exitCode, stdout, stderr } = await slipway(checkout.root, "matrix", "--test");
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /^failed: maxq-orbit-agent 0\.9\.1 with aurora-webapp .*: exit code 7$/m,
    );
    expect(stdout).toMatch(/^passed: maxq-orbit-agent 0\.9\.1 with orbit-webapp 1\.4\.1$/m);
    expect(stderr).toContain("the answer has no field total");
  });

  it("says when a contract test cannot be started", async () => {
    const checkout = await tempCheckout();
    addContractTest(checkout, "");
    checkout.edit(CATALOGUE, "[node, contract.mjs]", "[no-such-program]");
    const { ok, tests } = await json<MatrixDocument>(checkout.root, "matrix", "--test");
    expect(ok).toBe(false);
    expect(tests?.[0]).toMatchObject({ passed: false, reason: "ENOENT" });
  });
});
