import { withCommon } from "../options.ts";
import type { CommonOptions, DeclareVerb } from "../types.ts";

interface MatrixFlags extends CommonOptions {
  test?: boolean;
}

export const declareMatrix: DeclareVerb = (program, run) => {
  withCommon(program.command("matrix"))
    .description("the supported combinations of versions, and whether what runs is one")
    .option("--test", "run the contract tests of the catalogue, for each declared pair")
    .addHelpText("after", "\nExample:\n  $ slipway matrix --json | jq .verdict")
    .action((options: MatrixFlags) =>
      run(options.json === true, async (note) => {
        const { matrix, printMatrix } = await import("./index.ts");
        const data = await matrix({ ...options, note });
        return { data, text: printMatrix(data), exitCode: data.ok ? 0 : 1 };
      }),
    );
};
