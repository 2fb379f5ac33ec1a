import { withStacks } from "../options.ts";
import type { CommonOptions, DeclareVerb } from "../types.ts";

interface PlanFlags extends CommonOptions {
  stack?: string;
  env?: string;
  refresh?: boolean;
}

export const declarePlan: DeclareVerb = (program, run) => {
  withStacks(program.command("plan"))
    .description("preview what `slipway up` would change, per solution and app")
    .option("--refresh", "compare with what Azure has now, not with what the last run left")
    .addHelpText("after", "\nExample:\n  $ slipway plan --stack dev --json | jq .summary")
    .action((options: PlanFlags) =>
      run(options.json === true, async (note) => {
        const { plan } = await import("./index.ts");
        const { printPlan } = await import("./print.ts");
        const data = await plan({ ...options, note });
        return { data, text: printPlan(data), exitCode: data.ok ? 0 : 1 };
      }),
    );
};
