import { withCommon } from "../options.ts";
import type { CommonOptions, DeclareVerb } from "../types.ts";
import { INSECURE } from "./insecure.ts";

interface RenderFlags extends CommonOptions {
  overlay?: string;
  diff?: string;
  output?: string;
  release?: string;
  policy?: string;
  freight?: string;
  unverified?: boolean;
  insecure?: boolean;
}

export const declareRender: DeclareVerb = (capsule, run) => {
  withCommon(capsule.command("render"))
    .description("verify a capsule and print what kustomize builds of it, byte for byte")
    .argument("<capsule>", "folder of an OCI layout, or <registry>/<repository>:git-<commit>")
    .option("--overlay <dir>", "folder whose kustomization shapes the package")
    .option("--diff <capsule>", "print what another capsule renders otherwise, object by object")
    .option("--output <file>", "write that file, whole or not at all, instead of printing")
    .option(
      "--release <release>",
      "<component>@<version> that it has to be (with --diff: the first)",
    )
    .option("--policy <file>", "which keys may sign what (default: releases/signers.yaml)")
    .option("--freight <file>", "a Kargo Freight, as JSON, that has to name it")
    .option("--unverified", "verify nothing: for a package that is being written")
    .option(...INSECURE)
    .addHelpText(
      "after",
      "\nThe package is unpacked as package/ and the overlay beside it as overlay/: its kustomization names the" +
        "\nrecorded path among its resources, e.g. ../package/base, and may name components of the package." +
        "\nNothing else is read: no checkout, no remote base, no plugin, no chart." +
        "\nExit codes: 0 rendered, 1 a problem or a check that could not be made, 3 refused by a check." +
        "\n\nExample:\n  $ slipway capsule render example.azurecr.io/orbit-webapp-capsule:git-<commit> --overlay ./staging",
    )
    .action((capsule: string, options: RenderFlags) =>
      run(options.json === true, async (note) => {
        const { render } = await import("./render.ts");
        return render({ ...options, capsule, note });
      }),
    );
};
