import { describe, expect, it } from "vitest";
import { endpointMapFrom } from "../../builds/endpoints.ts";
import { SlipwayError } from "../../schemas/problem.ts";

const sandbox = {
  SLIPWAY_ENDPOINTS: JSON.stringify({
    "*.azurecr.io": "http://127.0.0.1:5000/*",
    "https://git.example.com/": "http://127.0.0.1:5001/git.example.com/",
    "https://git.example.com/customers/": "http://127.0.0.1:5002/",
    "mirror.example.com": "https://registry.example.net/",
  }),
};
const COMMIT = "0123456789abcdef0123456789abcdef01234567";

describe("endpointMapFrom", () => {
  it("leaves every address as it is when the variable is unset or blank", () => {
    for (const env of [{}, { SLIPWAY_ENDPOINTS: " " }]) {
      const map = endpointMapFrom(env);
      expect(map.identity).toBe(true);
      expect(map.mapImage("slipwaydev.azurecr.io/orbit-webapp:1.0")).toEqual({
        ref: "slipwaydev.azurecr.io/orbit-webapp:1.0",
        insecure: false,
      });
      expect(map.mapRegistry("slipwaydev.azurecr.io")).toEqual({
        origin: "https://slipwaydev.azurecr.io",
        prefix: "",
        insecure: false,
      });
      expect(map.mapGitUrl("https://git.example.com/a/b.git")).toBe(
        "https://git.example.com/a/b.git",
      );
    }
  });

  it("puts the registry's name in front of the repository", () => {
    const map = endpointMapFrom(sandbox);
    expect(map.identity).toBe(false);
    expect(map.mapImage("slipwaydev.azurecr.io/orbit-webapp:1.0")).toEqual({
      ref: "127.0.0.1:5000/slipwaydev/orbit-webapp:1.0",
      insecure: true,
    });
    expect(map.mapImage(`x.azurecr.io/a/b@sha256:${"0".repeat(64)}`).ref).toBe(
      `127.0.0.1:5000/x/a/b@sha256:${"0".repeat(64)}`,
    );
    expect(map.mapRegistry("slipwaydev.azurecr.io")).toEqual({
      origin: "http://127.0.0.1:5000",
      prefix: "slipwaydev/",
      insecure: true,
    });
  });

  it("maps an exact host to the root of another", () => {
    const map = endpointMapFrom(sandbox);
    expect(map.mapImage("mirror.example.com/a:1")).toEqual({
      ref: "registry.example.net/a:1",
      insecure: false,
    });
  });

  it("lets the star stand for one label only", () => {
    const map = endpointMapFrom(sandbox);
    for (const host of [
      "azurecr.io",
      "a.b.azurecr.io",
      ".azurecr.io",
      "evilazurecr.io",
      "example.com",
    ]) {
      expect(map.mapImage(`${host}/x:1`).ref).toBe(`${host}/x:1`);
    }
  });

  it("maps a repository and a build context by the longest beginning", () => {
    const map = endpointMapFrom(sandbox);
    expect(
      map.mapGitUrl(`https://git.example.com/platform/platform.git#${COMMIT}:services/a`),
    ).toBe(`http://127.0.0.1:5001/git.example.com/platform/platform.git#${COMMIT}:services/a`);
    expect(map.mapGitUrl("https://git.example.com/customers/acme.git")).toBe(
      "http://127.0.0.1:5002/acme.git",
    );
    expect(map.mapGitUrl("https://git.example.com.evil.net/a.git")).toBe(
      "https://git.example.com.evil.net/a.git",
    );
  });

  it.each([
    ["no JSON", "{", "JSON"],
    ["no object", "[]", "object"],
    ["a value that is no text", '{"*.azurecr.io":5000}', "no URL"],
    ["a scheme that is not http", '{"*.azurecr.io":"ftp://127.0.0.1/"}', "https"],
    ["http that leaves the machine", '{"*.azurecr.io":"http://10.0.0.1:5000/*"}', "loopback"],
    ["a password in the target", '{"*.azurecr.io":"https://a:b@example.com/"}', "more than"],
    [
      "a prefix without its slash",
      '{"https://git.example.com":"http://127.0.0.1:1/"}',
      "ends in /",
    ],
    [
      "a target without its slash",
      '{"https://git.example.com/":"http://127.0.0.1:1"}',
      "ends in /",
    ],
    [
      "a git prefix that is not https",
      '{"file:///x/":"http://127.0.0.1:1/"}',
      "host of a registry",
    ],
  ])("refuses %s", (_, text, reason) => {
    const attempt = () => endpointMapFrom({ SLIPWAY_ENDPOINTS: text });
    expect(attempt).toThrow(SlipwayError);
    expect(attempt).toThrow(reason);
    expect(attempt).not.toThrow("a:b@");
  });

  it("reports every wrong entry at once", () => {
    const text = '{"a b":"https://x/","*.azurecr.io":"nowhere"}';
    expect(() => endpointMapFrom({ SLIPWAY_ENDPOINTS: text })).toThrow(/"a b".*"\*\.azurecr\.io"/);
  });
});
