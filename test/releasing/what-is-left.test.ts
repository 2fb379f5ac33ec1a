import { describe, expect, it } from "vitest";
import { failureLeaving, whatIsLeft } from "../../releasing/what-is-left.ts";
import { SlipwayError } from "../../schemas/problem.ts";
import { tempCheckout } from "../fixtures/checkout.ts";

const FILE = "releases/orbit-webapp/v1.4.1/release.yaml";

describe("whatIsLeft", () => {
  it.each([
    ["no record", "1.9.0", () => {}, "orbit-webapp@1.9.0 has no record"],
    ["a pending one", "1.4.1", () => {}, `has a pending record, ${FILE}`],
  ])("names %s", async (_what, version, _edit, expected) => {
    const { root } = await tempCheckout();
    expect(whatIsLeft(root, "orbit-webapp", version)).toContain(expected);
  });

  it("names a whole one", async () => {
    const checkout = await tempCheckout();
    checkout.edit(FILE, "artifact:\n", `artifact:\n  registry: slipwaydev.azurecr.io\n`);
    checkout.append(
      FILE,
      `  media_type: application/vnd.oci.image.manifest.v1+json\n  digest: sha256:${"a".repeat(64)}\n  size: 402\n`,
    );
    expect(whatIsLeft(checkout.root, "orbit-webapp", "1.4.1")).toContain("has its whole record");
  });
});

describe("failureLeaving", () => {
  it("ends the last problem with what is left, and keeps the others", () => {
    const first = { code: "tag-moved", message: "first" } as const;
    const error = new SlipwayError([first, { code: "tag-missing", message: "second" }]);
    expect(failureLeaving(error, "nothing")?.problems).toEqual([
      first,
      { code: "tag-missing", message: "second; nothing" },
    ]);
  });

  it("calls a full disk the user's to mend", () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), {
      errno: -28,
      code: "ENOSPC",
      syscall: "write",
    });
    expect(failureLeaving(full, "x has no record")).toMatchObject({
      code: "file-unwritten",
      message: expect.stringMatching(/no space left on device.*; x has no record$/),
    });
  });

  it("leaves a fault of the program's own as it is", () => {
    expect(failureLeaving(new TypeError("undefined is not"), "nothing")).toBeUndefined();
  });
});
