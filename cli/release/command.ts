import { withCommon } from "../options.ts";
import type { CommonOptions, DeclareVerb } from "../types.ts";

interface ReleaseFlags extends CommonOptions {
  stack?: string;
  commit?: string;
  dryRun?: boolean;
}

export const declareRelease: DeclareVerb = (program, run) => {
  withCommon(program.command("release"))
    .description("cut a release: tag, build from the tag, record")
    .argument("<release>", "<component>[@<version>]; the newest tag without a record by default")
    .option("--commit <commit>", "commit or branch (default: the head of the release branch)")
    .option("--stack <name>", "the stack that owns the image registry, where there are several")
    .option("--dry-run", "print what would be done, and do nothing")
    .addHelpText(
      "after",
      "\nRun again after it was interrupted, it goes on with what is there already." +
        "\n\nExample:\n  $ slipway release orbit-webapp@1.5.0",
    )
    .action((release: string, options: ReleaseFlags) =>
      run(options.json === true, async (note) => {
        const { release: cut } = await import("./index.ts");
        const { printRelease } = await import("./print.ts");
        const data = await cut({ ...options, release, note });
        return { data, text: printRelease(data) };
      }),
    );
};
