import { withCommon } from "../options.ts";
import type { CommonOptions, DeclareVerb } from "../types.ts";

export const declareCheck: DeclareVerb = (program, run) => {
  withCommon(program.command("check"))
    .description("validate everything in the checkout and report every problem")
    .addHelpText("after", "\nExample:\n  $ slipway check --json | jq '.problems[].code'")
    .action((options: CommonOptions) =>
      run(options.json === true, async () => {
        const { check, printCheck } = await import("./index.ts");
        const data = await check(options);
        return { data, text: printCheck(data), exitCode: data.ok ? 0 : 1 };
      }),
    );
};
