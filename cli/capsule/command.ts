import { withCommon } from "../options.ts";
import type { CommonOptions, DeclareVerb } from "../types.ts";

export const declareCapsule: DeclareVerb = (program, run) => {
  const capsule = program
    .command("capsule")
    .description("the OCI release capsule: package and proof of one release");
  for (const declare of SUBCOMMANDS) declare(capsule, run);
};

const declareInspect: DeclareVerb = (capsule, run) => {
  withCommon(capsule.command("inspect"))
    .description("print what a capsule says it is; trusts nothing, checks its form alone")
    .argument("<capsule>", "folder of an OCI layout")
    .addHelpText("after", "\nExample:\n  $ slipway capsule inspect ./capsule")
    .action((capsule: string, options: CommonOptions) =>
      run(options.json === true, async () => {
        const { inspect } = await import("./inspect.ts");
        const { printCapsule } = await import("./document.ts");
        const data = await inspect(capsule);
        return { data, text: printCapsule(data) };
      }),
    );
};

const SUBCOMMANDS: readonly DeclareVerb[] = [declareInspect];
