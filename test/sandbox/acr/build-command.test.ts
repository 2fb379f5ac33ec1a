import { describe, expect, it } from "vitest";
import { parseBuildCommand } from "../../../sandbox/acr/build-command.ts";
import { TaskError } from "../../../sandbox/acr/errors.ts";

const EMPTY = {
  tags: [],
  labels: {},
  buildArgs: {},
  dockerfile: "Dockerfile",
  noCache: false,
  context: ".",
};

describe("parseBuildCommand", () => {
  it.each([
    ["-t r.azurecr.io/a:1 .", { tags: ["r.azurecr.io/a:1"] }],
    ["--tag r/a:1 -t r/a:2 .", { tags: ["r/a:1", "r/a:2"] }],
    ["-f sub/Dockerfile .", { dockerfile: "sub/Dockerfile" }],
    ["--file=sub/Dockerfile -t r/a:1 .", { dockerfile: "sub/Dockerfile", tags: ["r/a:1"] }],
    ["--label a.b=c=d .", { labels: { "a.b": "c=d" } }],
    ["--label a= .", { labels: { a: "" } }],
    ["--label a=1,2 .", { labels: { a: "1,2" } }],
    [
      "--build-arg K=v --target t --platform linux/arm64 .",
      {
        buildArgs: { K: "v" },
        target: "t",
        platform: "linux/arm64",
      },
    ],
    [". --no-cache --pull", { noCache: true }],
    ["--no-cache --label a=b .", { noCache: true, labels: { a: "b" } }],
    ["  -t\tr/a:1 \n . ", { tags: ["r/a:1"] }],
    [
      "https://h/r.git#abc:services/a -t r/a:1",
      {
        context: "https://h/r.git#abc:services/a",
        tags: ["r/a:1"],
      },
    ],
  ])("reads %j", (line, expected) => {
    expect(parseBuildCommand(line)).toEqual({ ...EMPTY, ...expected });
  });

  it.each([
    [
      "a tag with an equals sign, which ACR does not count",
      "--tag=r/a:1 .",
      /ACR counts only tags/,
    ],
    ["a short tag with an equals sign", "-t=r/a:1 .", /ACR counts only tags/],
    ["a tag glued to its flag", "-tr/a:1 .", /unknown flag -tr\/a:1/],
    [
      "a label with an equals sign before the context",
      "-t r/a:1 --label=a=b .",
      /value of --label=a=b/,
    ],
    ["a switch right before the context", "-t r/a:1 --no-cache .", /value of --no-cache/],
    ["a space in a value", "--label a=b c .", /more than one context: c \./],
    ["a quoted value", '--label a="b c" .', /quoting means nothing/],
    ["an escaped value", "--label a=b\\ c .", /quoting means nothing/],
    ["no context", "-t r/a:1", /names no context/],
    ["an empty line", "  ", /names no context/],
    ["a flag without its value", ". -t", /-t has no value/],
    ["a flag where a value should be", "-t -f x .", /-t has no value/],
    ["a label without a value", "--label a .", /expected name=value/],
    [
      "a build argument that docker would take from its environment",
      "--build-arg A .",
      /name=value/,
    ],
    ["a flag that is not known", "--secret id=a .", /unknown flag --secret/],
  ])("refuses %s", (_, line, reason) => {
    expect(() => parseBuildCommand(line)).toThrow(reason);
    expect(() => parseBuildCommand(line)).toThrow(TaskError);
  });
});
