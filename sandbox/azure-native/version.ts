/** The version of `@pulumi/azure-native` that this plugin stands in for. */
export const PLUGIN_VERSION = "3.28.0";
