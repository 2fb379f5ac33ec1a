import { describe, expect, it } from "vitest";
import { listedKey } from "../../components/secrets.ts";

describe("listedKey", () => {
  it("is the key that Azure listed", () => {
    expect(listedKey("a-key", "slipwaydata1")).toBe("a-key");
  });

  it.each([undefined, ""])("refuses %j in the place of a key, and names whose it is", (key) => {
    expect(() => listedKey(key, "slipwaydata1")).toThrow(/found no key of slipwaydata1/);
  });
});
