import { withStacks } from "../options.ts";
import type { CommonOptions, DeclareVerb } from "../types.ts";

interface UpFlags extends CommonOptions {
  stack?: string;
  env?: string;
  solution?: string;
  adopt?: boolean;
}

export const declareUp: DeclareVerb = (program, run) => {
  withStacks(program.command("up"))
    .description("converge: settle what an interrupted run left, then make Azure as the files say")
    .option("--solution <id>", "only this solution and what it needs")
    .option("--adopt", "take over what exists under our names, whoever made it")
    .addHelpText(
      "after",
      "\nCtrl-C starts nothing more and writes down what is in flight; a second one ends the engine at once. Exit code 130 then." +
        "\n\nExample:\n  $ slipway up --stack dev --solution acme",
    )
    .action((options: UpFlags) =>
      run(options.json === true, async (note) => {
        const { up } = await import("./index.ts");
        const { printUp } = await import("./print.ts");
        const data = await up({ ...options, note });
        return { data, text: printUp(data) };
      }),
    );
};
