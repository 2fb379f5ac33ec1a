import { withCommon } from "../options.ts";
import type { CommonOptions, DeclareVerb } from "../types.ts";

export const declareSandbox: DeclareVerb = (program, run) => {
  const sandbox = program
    .command("sandbox")
    .description("start, stop and ask the offline Azure of this checkout")
    .addHelpText(
      "after",
      '\nExample:\n  $ slipway sandbox start\n  $ eval "$(npx --no-install slipway sandbox env)"\n  $ pulumi preview',
    );
  withCommon(sandbox.command("start"))
    .description("start it, unless it runs")
    .action((options: CommonOptions) =>
      run(options.json === true, async (note) => {
        const { start } = await import("./index.ts");
        return start({ ...options, note });
      }),
    );
  withCommon(sandbox.command("stop"))
    .description("stop it; its state stays")
    .action((options: CommonOptions) =>
      run(options.json === true, async () => (await import("./index.ts")).stop(options)),
    );
  withCommon(sandbox.command("status"))
    .description("say whether it runs, and where")
    .action((options: CommonOptions) =>
      run(options.json === true, async () => (await import("./index.ts")).status(options)),
    );
  withCommon(sandbox.command("reset"))
    .description("throw away everything it holds, Pulumi's state of it too")
    .action((options: CommonOptions) =>
      run(options.json === true, async () => (await import("./index.ts")).reset(options)),
    );
  withCommon(sandbox.command("env"))
    .description("print the exports that point Pulumi, the Azure SDKs, git and az at it")
    .action((options: CommonOptions) =>
      run(options.json === true, async () => (await import("./index.ts")).env(options)),
    );
};
