import { envelope } from "../../core/records.ts";
import type { ArmId } from "../../core/resourceId.ts";
import type { ResourceType } from "../../core/resourceType.ts";
import type { ResourceRecord } from "../../core/store.ts";

export const ROLE_DEFINITION_TYPE = "Microsoft.Authorization/roleDefinitions";

/** Built-in roles: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles */
export const BUILT_IN_ROLES = {
  AcrPull: "7f951dda-4ed3-4680-a7ca-43fe172d538d",
  AcrPush: "8311e382-0749-4cb8-b61a-304f252e45ec",
  Contributor: "b24988ac-6180-42a0-ab88-20f7382dd24c",
  Owner: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
  Reader: "acdd72a7-3385-48ef-bd42-f606fba81ae7",
} as const;

const ACTIONS: Record<keyof typeof BUILT_IN_ROLES, string[]> = {
  AcrPull: ["Microsoft.ContainerRegistry/registries/pull/read"],
  AcrPush: [
    "Microsoft.ContainerRegistry/registries/pull/read",
    "Microsoft.ContainerRegistry/registries/push/write",
  ],
  Contributor: ["*"],
  Owner: ["*"],
  Reader: ["*/read"],
};

/** Roles whose holder can pull images. */
export const PULLING_ROLES: readonly string[] = [
  BUILT_IN_ROLES.AcrPull,
  BUILT_IN_ROLES.AcrPush,
  BUILT_IN_ROLES.Contributor,
  BUILT_IN_ROLES.Owner,
  BUILT_IN_ROLES.Reader,
];

export const roleDefinitions: ResourceType = {
  type: ROLE_DEFINITION_TYPE,
  apiVersions: ["2015-07-01", "2018-01-01-preview", "2022-04-01", "2022-05-01-preview"],
  tracked: false,
  checkName: () => undefined,
  builtIn: (id) => Object.entries(BUILT_IN_ROLES).map(([name, guid]) => definition(id, name, guid)),
  filter(records, request) {
    const wanted = /roleName eq '([^']*)'/i.exec(request.query.get("$filter") ?? "")?.[1];
    if (wanted === undefined) return records;
    return records.filter((record) => record.properties.roleName === wanted);
  },
  view: (record) => ({ ...envelope(record) }),
};

/** GUID of a known role named by a definition's id; undefined for an unknown one. */
export function knownRole(roleDefinitionId: string): string | undefined {
  const match = /\/providers\/Microsoft\.Authorization\/roleDefinitions\/([0-9a-f-]{36})$/i.exec(
    roleDefinitionId,
  );
  const guid = match?.[1]?.toLowerCase();
  return Object.values<string>(BUILT_IN_ROLES).find((known) => known === guid);
}

function definition(id: ArmId, name: string, guid: string): ResourceRecord {
  const scope = id.scope === "" ? "" : `/subscriptions/${id.subscriptionId ?? ""}`;
  return {
    id: `${id.isCollection ? scope : id.scope}/providers/${ROLE_DEFINITION_TYPE}/${guid}`,
    type: ROLE_DEFINITION_TYPE,
    name: guid,
    properties: {
      roleName: name,
      type: "BuiltInRole",
      description: `The built-in role ${name}.`,
      assignableScopes: ["/"],
      permissions: [
        {
          actions: ACTIONS[name as keyof typeof BUILT_IN_ROLES],
          notActions: [],
          dataActions: [],
          notDataActions: [],
        },
      ],
    },
    sealed: {},
    state: {},
    createdAt: "2015-02-02T21:55:09.880Z",
    changedAt: "2015-02-02T21:55:09.880Z",
  };
}
