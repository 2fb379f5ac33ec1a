import { expect, it } from "vitest";
import { commitTime } from "../../../releasing/kinds/artifact.ts";
import { startRemote } from "../../source/remote.ts";
import { contextOf, problemsOf } from "./context.ts";

const GONE = "0".repeat(40);

it("dates an artifact with its commit, and says so when that is gone", async () => {
  const remote = await startRemote();
  const commit = await remote.commit("feat: files", { files: { "thing/a": "1" } });
  const thing = { kind: "binaries", version: "1.2.3" } as const;
  const time = await commitTime(await contextOf(remote, { ...thing, commit }));
  expect(Number.isSafeInteger(time)).toBe(true);
  const context = await contextOf(remote, { ...thing, commit: GONE });
  expect(await problemsOf(commitTime(context))).toEqual([
    {
      code: "commit-unreachable",
      message: expect.stringMatching(
        `^thing@1\\.2\\.3: found no commit ${GONE} in .*, expected that of the tag thing/v1\\.2\\.3; push it there again: `,
      ),
    },
  ]);
});
