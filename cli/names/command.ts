import { withCommon } from "../options.ts";
import type { CommonOptions, DeclareVerb } from "../types.ts";

export const declareNames: DeclareVerb = (program, run) => {
  withCommon(program.command("names"))
    .description("print the Azure names of a solution")
    .argument("<id>", "solution id: 1 to 54 characters of a-z, 0-9 and single inner dashes")
    .addHelpText("after", "\nExample:\n  $ slipway names acme --json")
    .action((id: string, options: CommonOptions) =>
      run(options.json === true, async () => {
        const { names, printNames } = await import("./index.ts");
        const data = names({ id });
        return { data, text: printNames(data) };
      }),
    );
};
