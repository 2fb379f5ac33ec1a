import { withCommon } from "../options.ts";
import type { CommonOptions, DeclareVerb } from "../types.ts";
import { INSECURE } from "./insecure.ts";

interface PushFlags extends CommonOptions {
  insecure?: boolean;
  sign?: boolean;
}

interface PullFlags extends Omit<PushFlags, "sign"> {
  output: string;
}

const LOGINS =
  "\nLogins are Docker's (`docker login`, credential helpers), or Azure's for a registry of Azure. Plain http is for" +
  "\nthis machine, and for others with --insecure, which get no login then.";

export const declarePush: DeclareVerb = (capsule, run) => {
  withCommon(capsule.command("push"))
    .description("push a capsule under its commit's tag, and name it on its image; moves no tag")
    .argument("<capsule>", "folder of an OCI layout")
    .argument("[repository]", "<registry>/<repository> (default: the image's, with -capsule)")
    .option("--sign", "let cosign sign its digest with SLIPWAY_SIGNING_KEY, unless it has")
    .option(...INSECURE)
    .addHelpText("after", `${LOGINS}\n\nExample:\n  $ slipway capsule push ./capsule --sign`)
    .action((capsule: string, to: string | undefined, flags: PushFlags) =>
      run(flags.json === true, async (note) => {
        const { push } = await import("./push.ts");
        const { printCapsule } = await import("./document.ts");
        const data = await push({ ...flags, capsule, to, note });
        const state = data.pushed ? "pushed" : "was there already";
        return { data, text: `${printCapsule(data)}\n${data.ref} ${state}` };
      }),
    );
};

export const declarePull: DeclareVerb = (capsule, run) => {
  withCommon(capsule.command("pull"))
    .description("write a capsule of a registry into a folder, as an OCI layout")
    .argument("<capsule>", "<registry>/<repository>:git-<commit>, or @sha256:<hex>")
    .requiredOption("--output <dir>", "folder to write, which must not be there yet, or be empty")
    .option(...INSECURE)
    .addHelpText(
      "after",
      `${LOGINS}\n\nExample:\n  $ slipway capsule pull example.azurecr.io/orbit-webapp-capsule@sha256:<hex> --output ./capsule`,
    )
    .action((capsule: string, { json, output, insecure = false }: PullFlags) =>
      run(json === true, async (note) => {
        const { pull } = await import("./pull.ts");
        const { printCapsule } = await import("./document.ts");
        const data = await pull({ capsule, output, insecure, note });
        return { data, text: `${printCapsule(data)}\nwritten to ${output}` };
      }),
    );
};
