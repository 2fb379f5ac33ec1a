import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { engineProblem } from "../../tools/engine.mjs";

const FILE = "/opt/pulumi/bin/pulumi";
const PACKAGE = new URL("../../package.json", import.meta.url);
const LEAST = JSON.parse(readFileSync(PACKAGE, "utf8")).dependencies["@pulumi/pulumi"].slice(1);

describe("engineProblem", () => {
  it.each([`v${LEAST}`, `${LEAST}\n`, "v3.999.0", "v3.999.0-alpha.1+dirty"])(
    "takes %s",
    (version) => {
      expect(engineProblem(version, FILE)).toBeUndefined();
    },
  );

  it.each(["v3.9.0", "v3.187.0\n", "v2.999.0", "v4.0.0"])(
    "refuses %s and names the least",
    (version) => {
      expect(engineProblem(version, FILE)).toMatch(
        `found pulumi ${version.trim()} (${FILE}), expected version ${LEAST} or newer`,
      );
    },
  );

  it.each(["", "\n", "unknown", "3"])("refuses one that says %j", (version) => {
    expect(engineProblem(version, FILE)).toContain(
      `found a pulumi that tells no version (${FILE})`,
    );
  });
});
