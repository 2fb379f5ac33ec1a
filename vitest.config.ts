import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The files that take minutes begin first, so that none of them is left to run alone. */
const SLOWEST_FIRST = [
  /\/test\/e2e\/fleet\./,
  /\/test\/e2e\//,
  /\/test\/docs\//,
  /\/test\/integration\//,
];

class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = SLOWEST_FIRST.findIndex((pattern) => pattern.test(moduleId));
      return at < 0 ? SLOWEST_FIRST.length : at;
    };
    return [...files].sort((a, b) => rank(a) - rank(b) || a.moduleId.localeCompare(b.moduleId));
  }
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // A machine under load is slow, and a test that hangs is rare.
    testTimeout: 120_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
    sequence: { sequencer: SlowestFirst },
  },
});
