import { describe, expect, it } from "vitest";
import { loopbackUnproxied } from "../../../sandbox/supervisor/proxy.ts";

describe("loopbackUnproxied", () => {
  it.each([
    ["nothing", {}, "localhost,127.0.0.1"],
    ["the capital name", { NO_PROXY: "corp.example.com" }, "corp.example.com,localhost,127.0.0.1"],
    ["the small name", { no_proxy: "a,localhost,b" }, "a,b,localhost,127.0.0.1"],
    ["its own result", { NO_PROXY: "localhost,127.0.0.1" }, "localhost,127.0.0.1"],
  ])("adds loopback once when the environment has %s", (_what, env, expected) => {
    expect(loopbackUnproxied(env)).toEqual({ NO_PROXY: expected, no_proxy: expected });
  });
});
