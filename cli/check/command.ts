import { withCommon } from "../options.ts";
import type { CommonOptions, DeclareVerb } from "../types.ts";

interface CheckFlags extends CommonOptions {
  remote?: boolean;
}

export const declareCheck: DeclareVerb = (program, run) => {
  withCommon(program.command("check"))
    .description("validate everything in the checkout and report every problem")
    .option("--remote", "compare the records with tags, artifacts and signatures, too; reads only")
    .addHelpText(
      "after",
      "\nExamples:\n  $ slipway check --json | jq '.problems[].code'\n  $ slipway check --remote",
    )
    .action((options: CheckFlags) =>
      run(options.json === true, async (note) => {
        const { check, printCheck } = await import("./index.ts");
        const data = await check({ ...options, note });
        return { data, text: printCheck(data), exitCode: data.ok ? 0 : 1 };
      }),
    );
};
