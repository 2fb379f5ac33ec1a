import { withCommon } from "../options.ts";
import type { CommonOptions, DeclareVerb } from "../types.ts";

interface ListOptions extends CommonOptions {
  component?: string;
}

export const declareRecords: DeclareVerb = (program, run) => {
  const records = program.command("records").description("read the release records");
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
      run(options.json === true, async () => {
        const { showRecord } = await import("./index.ts");
        return showRecord({ ...options, release });
      }),
    );
};
