import {
  type PathParameters,
  type ProviderFunction,
  type ResourceType,
  text,
} from "../resource-type.ts";
import { fromModel, type PropertyMap } from "../values.ts";
import { identityToBody } from "./identity.ts";

export const workspace: ResourceType = {
  token: "azure-native:operationalinsights:Workspace",
  apiVersion: "2023-09-01",
  path: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.OperationalInsights/workspaces/{workspaceName}",
  autoname: "random",
  replaces: ["location"],
  located: true,
  toBody: identityToBody,
  async put({ clients, path, options }, body) {
    const { workspaces } = await clients.operationalInsights(text(path, "subscriptionId"));
    const parameters = body as unknown as Parameters<typeof workspaces.beginCreateOrUpdate>[2];
    return workspaces.beginCreateOrUpdate(...workspacePath(path), parameters, options);
  },
  async get({ clients, path, options }) {
    const { workspaces } = await clients.operationalInsights(text(path, "subscriptionId"));
    return workspaces.get(...workspacePath(path), options);
  },
  async delete({ clients, path, options }) {
    const { workspaces } = await clients.operationalInsights(text(path, "subscriptionId"));
    return (await workspaces.beginDelete(...workspacePath(path), options)).pollUntilDone();
  },
};

export const getSharedKeys: ProviderFunction = {
  token: "azure-native:operationalinsights:getSharedKeys",
  async invoke({ clients, options }, args) {
    const { subscriptionId } = await clients.connection();
    const { sharedKeysOperations } = await clients.operationalInsights(subscriptionId ?? "");
    const [group, name] = [text(args, "resourceGroupName"), text(args, "workspaceName")];
    return fromModel(await sharedKeysOperations.getSharedKeys(group, name, options)) as PropertyMap;
  },
};

function workspacePath(path: PathParameters): [group: string, workspace: string] {
  return [text(path, "resourceGroupName"), text(path, "workspaceName")];
}
