/** Several releases at once, and one that fails on its way. */
import { describe, expect, it } from "vitest";
import type { ErrorDocument } from "../../../cli/errors.ts";
import type { ReleaseDocument } from "../../../cli/release/index.ts";
import { AGENT, type ReleaseWorld } from "./world.ts";

const MINUTES = 60_000;
const WEBAPP = "services/maxq-orbit-agent-webapp";

export function describeTogether(world: () => ReleaseWorld): void {
  it("is cut once when it is cut twice at once, beside another component", {
    timeout: 6 * MINUTES,
  }, async () => {
    const { source, slipway, checkout } = world();
    await source.commit("feat(maxq-orbit-agent-webapp): sort", { [`${WEBAPP}/sort`]: "1" });
    const twice = () => slipway("release", "maxq-orbit-agent-webapp@1.0.0", "--json");
    const other = () => slipway("release", "aurora-webapp@4.0.0", "--json");
    const [first, second, beside] = await Promise.all([twice(), twice(), other()]);
    expect(beside.exitCode, beside.all).toBe(0);
    const [won, lost] = first.exitCode === 0 ? [first, second] : [second, first];
    expect(won.exitCode, won.all).toBe(0);
    expect(lost.exitCode, lost.all).toBe(1);
    const { error }: ErrorDocument = JSON.parse(lost.stdout);
    expect(error.code).toBe("release-locked");
    expect(error.message).toMatch(/is being released by .*\(pid \d+\)/);
    for (const { stdout } of [won, beside]) {
      const document: ReleaseDocument = JSON.parse(stdout);
      expect(document.built).toBe(true);
      expect(checkout.read(document.record)).toContain(document.digest);
    }
  });

  describe("whose build fails", () => {
    it("shows the end of its log, and keeps the pending record", {
      timeout: 4 * MINUTES,
    }, async () => {
      const { source, json, checkout } = world();
      await source.commit("feat(maxq-orbit-agent): break", {
        [`${AGENT}/Dockerfile`]: "FROM node:20-slim\nRUN echo out of paint && exit 7\n",
      });
      const { error } = await json<ErrorDocument>(["release", "maxq-orbit-agent@1.1.0"], 1);
      expect(error.code).toBe("build-failed");
      expect(error.message).toContain("out of paint");
      const file = "releases/maxq-orbit-agent/v1.1.0/release.yaml";
      expect(error.message).toContain(`has a pending record, ${file}`);
      expect(checkout.read(file)).not.toContain("digest");
    });
  });
}
