import { withCommon } from "../options.ts";
import type { CommonOptions, DeclareVerb } from "../types.ts";
import { INSECURE } from "./insecure.ts";
import { declareRender } from "./render-command.ts";
import { declarePull, declarePush } from "./transfer-command.ts";
import { declareVerify } from "./verify-command.ts";

interface PackFlags extends CommonOptions {
  output: string;
}

interface InspectFlags extends CommonOptions {
  insecure?: boolean;
}

export const declareCapsule: DeclareVerb = (program, run) => {
  const capsule = program
    .command("capsule")
    .description("the OCI release capsule: package and proof of one release");
  for (const declare of SUBCOMMANDS) declare(capsule, run);
};

const declarePack: DeclareVerb = (capsule, run) => {
  withCommon(capsule.command("pack"))
    .description("pack the capsule of a release from its commit, as an OCI layout; pushes nothing")
    .argument("<release>", "<component>@<version>")
    .requiredOption("--output <dir>", "folder to write, which must not be there yet, or be empty")
    .addHelpText(
      "after",
      "\nThe same release gives the same digest everywhere. SLIPWAY_VERIFICATION_KEY names the key that" +
        "\nprovenance and SBOM, which are taken from the registry, were signed with." +
        "\n\nExample:\n  $ slipway capsule pack orbit-webapp@1.5.0 --output ./capsule",
    )
    .action((release: string, options: PackFlags) =>
      run(options.json === true, async (note) => {
        const { pack } = await import("./pack.ts");
        const { printCapsule } = await import("./document.ts");
        const data = await pack({ ...options, release, note });
        return { data, text: printCapsule(data) };
      }),
    );
};

const declareInspect: DeclareVerb = (capsule, run) => {
  withCommon(capsule.command("inspect"))
    .description("print what a capsule says it is; trusts nothing, checks its form alone")
    .argument("<capsule>", "folder of an OCI layout, or <registry>/<repository>:<tag>")
    .option(...INSECURE)
    .addHelpText("after", "\nExample:\n  $ slipway capsule inspect ./capsule")
    .action((capsule: string, { json, insecure = false }: InspectFlags) =>
      run(json === true, async () => {
        const { inspect } = await import("./inspect.ts");
        const { printCapsule } = await import("./document.ts");
        const data = await inspect(capsule, { insecure });
        return { data, text: printCapsule(data) };
      }),
    );
};

const SUBCOMMANDS: readonly DeclareVerb[] = [
  declarePack,
  declareInspect,
  declarePush,
  declarePull,
  declareVerify,
  declareRender,
];
