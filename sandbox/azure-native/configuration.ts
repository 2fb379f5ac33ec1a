import type { ArmOverrides } from "../../builds/azure-client.ts";
import type { PropertyMap } from "./values.ts";

/** The plugin's configuration: what connects it, and the location of resources that name none. */
export interface Configuration {
  arm: ArmOverrides;
  location: string | undefined;
}

/**
 * Reads the provider's configuration, whose values are text (a flag is `"true"`). What is absent
 * comes from the environment, in `connectArm`.
 */
export function readConfiguration(args: PropertyMap): Configuration {
  const value = (name: string): string | undefined => {
    const given = args[name];
    return given === undefined || given === null || given === "" ? undefined : String(given);
  };
  const useMsi = value("useMsi");
  return {
    arm: {
      subscriptionId: value("subscriptionId"),
      tenantId: value("tenantId"),
      clientId: value("clientId"),
      clientSecret: value("clientSecret"),
      useMsi: useMsi === undefined ? undefined : useMsi.toLowerCase() === "true",
      environment: value("environment"),
      metadataHost: value("metadataHost"),
    },
    location: value("location"),
  };
}
