import { describe, expect, it } from "vitest";
import { parseGitContext } from "../../../sandbox/acr/git-context.ts";
import { RunLog } from "../../../sandbox/acr/run-log.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

describe("RunLog", () => {
  function collect(secrets: string[], names: [string, string][] = []) {
    let text = "";
    const log = new RunLog(
      (chunk) => {
        text += chunk;
      },
      secrets,
      new Map(names),
    );
    return { log, text: () => text };
  }

  it("masks a secret that arrives in two chunks", () => {
    const { log, text } = collect(["s3cret-token"]);
    log.output(Buffer.from("fetch s3cret"));
    log.output(Buffer.from("-token done\n"));
    expect(text()).toBe("fetch *** done\n");
  });

  it("masks a secret as http basic authentication and as a URL carry it", () => {
    const { log, text } = collect(["p@ss/word"]);
    const basic = Buffer.from("x-access-token:p@ss/word").toString("base64");
    log.line(`Authorization: basic ${basic}, https://x:p%40ss%2Fword@h/`);
    expect(text()).toBe("Authorization: basic ***, https://x:***@h/\n");
  });

  it("masks each line of a secret of several lines", () => {
    const { log, text } = collect(["first-line\nsecond-line\n"]);
    log.output(Buffer.from("first-line\nx second-line\n"));
    expect(text()).toBe("***\nx ***\n");
  });

  it("keeps a character whole when its bytes arrive apart", () => {
    const { log, text } = collect([]);
    const bytes = Buffer.from("é\n");
    log.output(bytes.subarray(0, 1));
    log.output(bytes.subarray(1));
    expect(text()).toBe("é\n");
  });

  it("writes an unfinished line when flushed, and shows addresses as Azure has them", () => {
    const { log, text } = collect([], [["127.0.0.1:5000/dev/", "dev.azurecr.io/"]]);
    log.output(Buffer.from("pushing 127.0.0.1:5000/dev/api"));
    expect(text()).toBe("");
    log.flush();
    expect(text()).toBe("pushing dev.azurecr.io/api\n");
  });
});

describe("parseGitContext", () => {
  it("reads repository, commit and folder", () => {
    expect(parseGitContext(`https://h/a/b.git#${COMMIT}:services/x/`)).toEqual({
      repository: "https://h/a/b.git",
      commit: COMMIT,
      folder: "services/x",
    });
    expect(parseGitContext(`https://h/b.git#${COMMIT}`).folder).toBe("");
  });

  it.each([
    ["a branch", "https://h/b.git#main:x"],
    ["a short commit", "https://h/b.git#0123456:x"],
    ["no commit", "https://h/b.git"],
    ["a URL without .git", `https://h/b#${COMMIT}:x`],
    ["plain http", `http://h/b.git#${COMMIT}:x`],
    ["a local folder", "./x"],
    ["credentials in the URL", `https://u:p@h/b.git#${COMMIT}:x`],
    ["a folder outside the repository", `https://h/b.git#${COMMIT}:a/../../x`],
  ])("refuses %s", (_, text) => {
    expect(() => parseGitContext(text)).toThrow(/context|credentials|leaves/);
  });

  it("does not repeat credentials when it refuses them", () => {
    let message = "";
    try {
      parseGitContext(`https://u:hunter2@h/b.git#${COMMIT}:x`);
    } catch (error) {
      message = String(error);
    }
    expect(message).toMatch(/credentials/);
    expect(message).not.toContain("hunter2");
  });
});
