/** The program of `builds-docker.test.ts`: a BuildKit build per entry of the settings. */
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { declareBuildkitBuild } from "../../builds/docker-build.ts";
import { endpointMapFrom } from "../../builds/endpoints.ts";
import type { BuildPlan, ComponentBuildPlan } from "../../config/plan-types.ts";

const settings = JSON.parse(readFileSync(process.env.SETTINGS ?? "", "utf8")) as {
  component: ComponentBuildPlan;
  builds: BuildPlan[];
  registryId: string;
  token: string;
  endpoints: Record<string, string>;
};
const declared = settings.builds.map((build) =>
  declareBuildkitBuild({
    component: settings.component,
    build,
    registryId: settings.registryId,
    registryServer: "slipwaydev.azurecr.io",
    builder: "slipway",
    sourceToken: pulumi.secret(settings.token),
    endpoints: endpointMapFrom({ SLIPWAY_ENDPOINTS: JSON.stringify(settings.endpoints) }),
  }),
);
export const images = declared.map(({ output }) => output);
