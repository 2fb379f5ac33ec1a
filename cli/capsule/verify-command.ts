import { withCommon } from "../options.ts";
import type { CommonOptions, DeclareVerb } from "../types.ts";
import { INSECURE } from "./insecure.ts";

interface VerifyFlags extends CommonOptions {
  release?: string;
  policy?: string;
  freight?: string;
  insecure?: boolean;
}

export const declareVerify: DeclareVerb = (capsule, run) => {
  withCommon(capsule.command("verify"))
    .description("check a capsule's identity, image, proof and signature; reads no package")
    .argument("<capsule>", "<registry>/<repository>:git-<commit>, or @sha256:<hex>")
    .option("--release <release>", "<component>@<version> that it has to be")
    .option("--policy <file>", "which keys may sign what (default: releases/signers.yaml)")
    .option("--freight <file>", "a Kargo Freight, as JSON, that has to name it")
    .option(...INSECURE)
    .addHelpText(
      "after",
      "\nWithout a policy, SLIPWAY_VERIFICATION_KEY names the one key that signs releases. A policy of several" +
        "\ncomponents needs --release: else the capsule itself would say whose key it is held against." +
        "\nExit codes: 0 verified, 1 a check could not be made, 3 refused." +
        "\n\nExample:\n  $ slipway capsule verify example.azurecr.io/orbit-webapp-capsule:git-<commit> --release orbit-webapp@1.5.0",
    )
    .action((capsule: string, options: VerifyFlags) =>
      run(options.json === true, async () => {
        const { exitCodeOf, printVerdict, verify } = await import("./verify.ts");
        const data = await verify({ ...options, capsule });
        return { data, text: printVerdict(data), exitCode: exitCodeOf(data) };
      }),
    );
};
