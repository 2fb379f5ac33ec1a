import type { Command } from "commander";
import { withCommon } from "../options.ts";
import type { CommonOptions, DeclareVerb } from "../types.ts";

interface AddFlags extends CommonOptions {
  name: string;
  env?: string;
  cell?: string;
  ring?: string;
  customerRepository?: string;
}

export const declareSolutions: DeclareVerb = (program, run) => {
  const solutions = program
    .command("solutions")
    .description("list and edit solutions.yaml; its comments and its layout stay");
  withCommon(solutions.command("list"))
    .description("list the solutions with environment, cell and state")
    .action((options: CommonOptions) =>
      run(options.json === true, async () => {
        const { listSolutions, printSolutions } = await import("./list.ts");
        const data = await listSolutions(options);
        return { data, text: printSolutions(data) };
      }),
    );
  declareAdd(solutions, run);
  withCommon(solutions.command("retire"))
    .description("take a solution's apps away and keep its data: active -> retired")
    .argument("<id>", "solution id")
    .action((id: string, options: CommonOptions) =>
      run(options.json === true, async () => {
        const { retireSolution } = await import("./retire.ts");
        return retireSolution({ ...options, id });
      }),
    );
  withCommon(solutions.command("delete-data"))
    .description("let a retired solution's shares go: retired -> deletable")
    .argument("<id>", "solution id")
    .option("--keep-data", "leave the shares in Azure when the entry is removed")
    .addHelpText(
      "after",
      "\nAfter it, run `slipway up`; then remove the entry, and `slipway up` deletes the shares.",
    )
    .action((id: string, options: CommonOptions & { keepData?: boolean }) =>
      run(options.json === true, async () => {
        const { deleteSolutionData } = await import("./retire.ts");
        return deleteSolutionData({ ...options, id });
      }),
    );
};

function declareAdd(solutions: Command, run: Parameters<DeclareVerb>[1]): void {
  withCommon(solutions.command("add"))
    .description("add a solution, in the emptiest cell of its environment")
    .argument("<id>", "1 to 54 characters of a-z, 0-9 and single inner dashes")
    .requiredOption("--name <text>", "name for people")
    .option("--env <name>", "environment (default: the file's own)")
    .option("--cell <name>", "cell (default: the emptiest one)")
    .option("--ring <name>", "ring for overrides of versions (default: the file's own)")
    .option("--customer-repository <url>", "git repository that the agent clones, https")
    .addHelpText("after", '\nExample:\n  $ slipway solutions add acme --name "Acme, Inc."')
    .action((id: string, options: AddFlags) =>
      run(options.json === true, async () => {
        const { addSolution } = await import("./add.ts");
        return addSolution({ ...options, id });
      }),
    );
}
