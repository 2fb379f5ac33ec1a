import { Option } from "commander";
import { withCommon } from "../options.ts";
import type { CommonOptions, DeclareVerb } from "../types.ts";

interface NextFlags extends CommonOptions {
  stack?: string;
  pre?: string;
  train?: string;
  cut?: boolean;
  commit?: string;
  changelog?: boolean;
}

export const declareNext: DeclareVerb = (program, run) => {
  withCommon(program.command("next"))
    .description("the version and changelog that the commits since the last release call for")
    .argument("<component>")
    .option("--pre <id>", "a pre-release, such as rc")
    .option("--train <line>", "of the train release/v<line>, which takes fixes only")
    .option("--cut", "make the branch of that train")
    .option(
      "--commit <commit>",
      "where it is cut (default: the release branch, or a line's newest release)",
    )
    .addOption(
      new Option("--changelog", "write the component's CHANGELOG.md, by its records").conflicts([
        "pre",
        "train",
        "cut",
      ]),
    )
    .option("--stack <name>", "the stack that owns the image registry, where there are several")
    .addHelpText(
      "after",
      "\nExamples:\n  $ slipway next orbit-webapp\n  $ slipway next registry-service --train 2026.07 --cut" +
        "\n  $ slipway next orbit-webapp --changelog",
    )
    .action((component: string, options: NextFlags) =>
      run(options.json === true, async (note) => {
        const verb = await import("./index.ts");
        const request = { ...options, component, note };
        if (options.changelog === true) return verb.changelog(request);
        return options.cut === true ? verb.cut(request) : verb.next(request);
      }),
    );
};
