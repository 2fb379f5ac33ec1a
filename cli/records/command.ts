import { withCommon } from "../options.ts";
import type { CommonOptions, DeclareVerb } from "../types.ts";

interface ListOptions extends CommonOptions {
  component?: string;
}

interface YankFlags extends CommonOptions {
  reason: string;
  by?: string;
}

export const declareRecords: DeclareVerb = (program, run) => {
  const records = program.command("records").description("read, reproduce and withdraw releases");
  withCommon(records.command("list"))
    .description("list the records, newest version first")
    .option("--component <name>", "only those of one component")
    .addHelpText("after", "\nExample:\n  $ slipway records list --component orbit-webapp")
    .action((options: ListOptions) =>
      run(options.json === true, async () => {
        const { listRecords, printRecords } = await import("./index.ts");
        const data = await listRecords(options);
        return { data, text: printRecords(data) };
      }),
    );
  withCommon(records.command("show"))
    .description("print one record as it is written")
    .argument("<release>", "<component>@<version>")
    .addHelpText("after", "\nExample:\n  $ slipway records show orbit-webapp@1.2.0")
    .action((release: string, options: CommonOptions) =>
      run(options.json === true, async (note) => {
        const { showRecord } = await import("./index.ts");
        return showRecord({ ...options, release, note });
      }),
    );
  withCommon(records.command("reproduce"))
    .description("build a release again from its tag and compare the files inside; pushes nothing")
    .argument("<release>", "<component>@<version>")
    .addHelpText("after", "\nExample:\n  $ slipway records reproduce orbit-webapp@1.5.0")
    .action((release: string, options: CommonOptions) =>
      run(options.json === true, async (note) => {
        const { printReproduction, reproduce } = await import("./reproduce.ts");
        const data = await reproduce({ ...options, release, note });
        return { data, text: printReproduction(data), exitCode: data.ok ? 0 : 1 };
      }),
    );
  withCommon(records.command("yank"))
    .description("withdraw a release: what runs it may go on, nothing new will")
    .argument("<release>", "<component>@<version>")
    .requiredOption("--reason <text>", "why, on one line")
    .option("--by <name>", "who decides (default: git's user.name)")
    .addHelpText(
      "after",
      '\nExample:\n  $ slipway records yank orbit-webapp@1.4.1 --reason "Loses drafts on reload"',
    )
    .action((release: string, options: YankFlags) =>
      run(options.json === true, async (note) => {
        const { yank } = await import("./yank.ts");
        return yank({ ...options, release, note });
      }),
    );
};
