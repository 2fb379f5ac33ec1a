import { describe, expect, it } from "vitest";
import { judgeCombination, loadRegistry, type ReleaseRegistry } from "../../registry/index.ts";
import { type TempCheckout, tempCheckout } from "../fixtures/checkout.ts";

const MATRIX = "releases/compatibility.yaml";

function load({ root }: TempCheckout): ReleaseRegistry {
  const problems: string[] = [];
  const registry = loadRegistry(root, ({ message }) => problems.push(message));
  if (registry === undefined || problems.length > 0) throw new Error(problems.join("\n"));
  return registry;
}

function judge(registry: ReleaseRegistry, versions: Record<string, string>) {
  const { catalogue, compatibility } = registry;
  return judgeCombination(catalogue, compatibility, new Map(Object.entries(versions)));
}

describe("judgeCombination", () => {
  it("names the row that a combination is in", async () => {
    const checkout = await tempCheckout();
    const verdict = judge(load(checkout), { "orbit-webapp": "1.4.1", "maxq-orbit-agent": "0.9.0" });
    const line = checkout.lineOf(MATRIX, '- orbit-webapp: "^1.4.0"');
    expect(verdict).toEqual({ supported: true, rows: [line], refusals: [], undeclared: [] });
  });

  it("says what the nearest row asks for when no row has a combination", async () => {
    const checkout = await tempCheckout();
    const versions = {
      "aurora-webapp": "3.1.0",
      "maxq-orbit-agent": "0.8.0",
      "orbit-webapp": "1.4.1",
    };
    const line = checkout.lineOf(MATRIX, '- orbit-webapp: "^1.4.0"');
    expect(judge(load(checkout), versions)).toMatchObject({
      supported: false,
      rows: [],
      refusals: [
        expect.stringMatching(
          `orbit-webapp 1.4.1, .*is in no row; the nearest, in line ${line}, has maxq-orbit-agent >=0.9.0 <1.0.0$`,
        ),
      ],
    });
  });

  it("asks rows of other components, too, when a combination has two of them", async () => {
    const checkout = await tempCheckout();
    checkout.append(
      MATRIX,
      '  - { aurora-webapp: ">=3.1.0", registry-service: ">=2026.07.0" }\n  - { aurora-webapp: "3.0.0", registry-service: ">=2026.06.0" }\n',
    );
    const registry = load(checkout);
    const pair = { "aurora-webapp": "3.1.0", "registry-service": "2026.06.1" };
    expect(judge(registry, pair).refusals).toHaveLength(1);
    expect(judge(registry, { ...pair, "registry-service": "2026.07.0" }).supported).toBe(true);
    expect(judge(registry, { "aurora-webapp": "3.1.0" }).supported).toBe(true);
  });

  it("has nothing against what no row names, and says so", async () => {
    const checkout = await tempCheckout();
    checkout.write(MATRIX, "schema_version: 1\nsupported: []\n");
    expect(judge(load(checkout), { "orbit-webapp": "1.4.1", "aurora-webapp": "3.0.0" })).toEqual({
      supported: true,
      rows: [],
      refusals: [],
      undeclared: ["orbit-webapp", "aurora-webapp"],
    });
  });
});
