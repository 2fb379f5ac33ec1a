import { describe, expect, it } from "vitest";
import { releaseTag } from "../../registry/index.ts";

describe("releaseTag", () => {
  it("is scoped by the component's name, whatever its folder", () => {
    const component = { name: "maxqctl", kind: "binaries", path: "tools/maxqctl" } as const;
    expect(releaseTag(component, "1.0.0")).toBe("maxqctl/v1.0.0");
  });

  it.each([
    ["go/trajectory", "0.1.0", "go/trajectory/v0.1.0"],
    ["go/trajectory/v2", "2.0.0", "go/trajectory/v2.0.0"],
    ["go/trajectory/v12", "12.1.0", "go/trajectory/v12.1.0"],
    ["go/v1", "1.0.0", "go/v1/v1.0.0"],
    ["dev2", "1.0.0", "dev2/v1.0.0"],
    [".", "1.2.3", "v1.2.3"],
    ["v2", "2.0.0", "v2.0.0"],
  ])("is a Go module's own when it lies in %s", (path, version, tag) => {
    expect(releaseTag({ name: "trajectory", kind: "go_module", path }, version)).toBe(tag);
  });
});
