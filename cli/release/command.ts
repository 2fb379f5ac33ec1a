import { Option } from "commander";
import { withCommon } from "../options.ts";
import type { CommonOptions, DeclareVerb } from "../types.ts";

interface ReleaseFlags extends CommonOptions {
  stack?: string;
  commit?: string;
  next?: boolean;
  pre?: string;
  train?: string;
  env?: string;
  dryRun?: boolean;
}

export const declareRelease: DeclareVerb = (program, run) => {
  withCommon(program.command("release"))
    .description("cut a release: tag, build from the tag, attest, record; or freeze a platform")
    .argument(
      "<release>",
      "<component>[@<version>], the newest tag without a record by default; platform@<version>",
    )
    .addOption(
      new Option("--next", "the version that `slipway next` works out").conflicts("commit"),
    )
    .option("--pre <id>", "with --next: a pre-release, such as rc")
    .option("--train <line>", "with --next: of the train release/v<line>")
    .option("--commit <commit>", "commit or branch (default: the head of the release branch)")
    .option("--stack <name>", "the stack that owns the image registry, where there are several")
    .option("--env <name>", "of a platform: the environment whose versions are frozen")
    .option("--dry-run", "print what would be done, and do nothing")
    .addHelpText(
      "after",
      "\nRun again after it was interrupted, it goes on with what is there already." +
        "\n\nExamples:\n  $ slipway release orbit-webapp@1.5.0\n  $ slipway release orbit-webapp --next" +
        "\n  $ slipway release platform@2 --env dev",
    )
    .action((release: string, options: ReleaseFlags) =>
      run(options.json === true, async (note) => {
        const { releaseAny } = await import("./index.ts");
        return releaseAny({ ...options, release, note });
      }),
    );
};
