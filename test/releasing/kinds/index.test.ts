import { describe, expect, it } from "vitest";
import { kindBuilder } from "../../../releasing/kinds/index.ts";

const runBuild = () => Promise.reject(new Error("nothing is built here"));

describe("kindBuilder", () => {
  it.each(["container", "helm_chart", "go_module", "binaries"] as const)(
    "has one for %s",
    async (kind) => {
      const { find, build } = await kindBuilder(kind, runBuild);
      expect([typeof find, typeof build]).toEqual(["function", "function"]);
    },
  );

  it("refuses a kind that nothing builds yet", async () => {
    await expect(kindBuilder("static_site", runBuild)).rejects.toMatchObject({
      code: "catalogue-rule",
      message: expect.stringContaining("static_site"),
    });
  });
});
