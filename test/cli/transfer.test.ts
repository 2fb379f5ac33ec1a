import { describe, expect, it } from "vitest";
import { plainTransfer } from "../../cli/capsule/transfer.ts";

const DIGEST = `sha256:${"0123456789ab".padEnd(64, "c")}`;

describe("plainTransfer", () => {
  it("says when a large layer begins and ends, and nothing in between", async () => {
    const lines: string[] = [];
    const transfer = plainTransfer("pushing", (line) => lines.push(line));
    for (const bytes of [1_000_000, 40_000_000, 80_100_000]) {
      transfer.progress(DIGEST, bytes, 80_100_000);
    }
    await transfer.stop();
    expect(lines).toEqual([
      "pushing sha256:0123456789ab: 80.1 MB",
      "pushing sha256:0123456789ab: done",
    ]);
  });

  it("keeps still about a small one", () => {
    const lines: string[] = [];
    plainTransfer("pulling", (line) => lines.push(line)).progress(DIGEST, 5, 5);
    expect(lines).toEqual([]);
  });
});
