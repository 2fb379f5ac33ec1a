import type * as pulumi from "@pulumi/pulumi";

/** Token of a resource under an explicit API version, e.g. `azure-native:app/v20250101:ContainerApp`. */
const VERSIONED_TYPE = /^azure-native:[a-z]+\/v[0-9]/;

/**
 * Leaves out the aliases by which azure-native knows a resource that once was declared under an API
 * version of its own. No stack of this program ever had one, and the SDK pays for each with a chain of
 * promises: without them a preview of 100 solutions takes half the time and half the memory. Aliases
 * that the program gives are kept.
 */
export const withoutVersionAliases: pulumi.ResourceTransformation = ({ props, opts }) => {
  const { aliases } = opts;
  if (!Array.isArray(aliases)) return undefined;
  return { props, opts: { ...opts, aliases: aliases.filter((alias) => !isVersioned(alias)) } };
};

function isVersioned(alias: pulumi.Input<pulumi.URN | pulumi.Alias>): boolean {
  if (typeof alias !== "object" || !("type" in alias)) return false;
  return typeof alias.type === "string" && VERSIONED_TYPE.test(alias.type);
}
