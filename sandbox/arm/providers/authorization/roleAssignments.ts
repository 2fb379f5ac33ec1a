import { bodyOf } from "../../core/body.ts";
import {
  ArmError,
  badRequest,
  conflict,
  groupNotFound,
  resourceNotFound,
} from "../../core/errors.ts";
import { objectAt, stringAt } from "../../core/json.ts";
import { allOf, envelope, recordOf } from "../../core/records.ts";
import { type ArmId, parseArmId } from "../../core/resourceId.ts";
import type { ResourceType, Services, WriteContext } from "../../core/resourceType.ts";
import type { ResourceRecord } from "../../core/store.ts";
import { nameCheck } from "../names.ts";
import { knownRole, PULLING_ROLES } from "./roleDefinitions.ts";

const TYPE = "Microsoft.Authorization/roleAssignments";
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** https://learn.microsoft.com/rest/api/authorization/role-assignments */
export const roleAssignments: ResourceType = {
  type: TYPE,
  apiVersions: [
    "2015-07-01",
    "2018-01-01-preview",
    "2020-04-01-preview",
    "2022-04-01",
    "2020-10-01",
    "2020-10-01-preview",
  ],
  tracked: false,
  checkName: nameCheck({
    pattern: GUID,
    min: 36,
    max: 36,
    code: "InvalidRoleAssignmentId",
    message: (name) =>
      `The role assignment ID '${name}' is not valid. The role assignment ID must be a GUID.`,
  }),
  checkBody: bodyOf({
    type: "object",
    required: ["properties"],
    properties: {
      properties: {
        type: "object",
        required: ["roleDefinitionId", "principalId"],
        properties: {
          roleDefinitionId: { type: "string" },
          principalId: { type: "string" },
          principalType: { enum: ["User", "Group", "ServicePrincipal", "ForeignGroup", "Device"] },
        },
      },
    },
  }),
  put(context) {
    const { existing, id, body, services } = context;
    const given = objectAt(body, "properties");
    const principalId = (stringAt(given, "principalId") ?? "").toLowerCase();
    const roleDefinitionId = stringAt(given, "roleDefinitionId") ?? "";
    checkScope(id, services);
    if (knownRole(roleDefinitionId) === undefined) {
      throw badRequest(
        "RoleDefinitionDoesNotExist",
        `The specified role definition with ID '${roleDefinitionId.split("/").at(-1) ?? ""}' does not exist.`,
      );
    }
    if (existing !== undefined) checkUnchanged(existing, principalId, roleDefinitionId);
    else checkNew(context, principalId, roleDefinitionId);
    const record = recordOf(context, TYPE, {
      properties: {
        roleDefinitionId: `/subscriptions/${id.subscriptionId ?? ""}/providers/Microsoft.Authorization/roleDefinitions/${knownRole(roleDefinitionId) ?? ""}`,
        principalId,
        principalType: stringAt(given, "principalType") ?? "ServicePrincipal",
        scope: id.scope === "" ? "/" : id.scope,
        ...(stringAt(given, "description") === undefined
          ? {}
          : { description: stringAt(given, "description") ?? "" }),
        createdOn: existing?.createdAt ?? new Date().toISOString(),
        updatedOn: new Date().toISOString(),
      },
    });
    record.id = `${id.scope}/providers/${TYPE}/${id.name}`;
    services.store.put(record);
    return { status: existing === undefined ? 201 : 200, body: services.view(record) };
  },
  remove({ existing, services }) {
    const body = services.view(existing);
    services.removeTree(existing);
    return { status: 200, body };
  },
  filter(records, request) {
    const filter = request.query.get("$filter") ?? "";
    const principal = /principalId eq '?\{?([0-9a-f-]+)/i.exec(filter)?.[1]?.toLowerCase();
    if (principal === undefined) return records;
    return records.filter((record) => record.properties.principalId === principal);
  },
  notFound: (id) =>
    new ArmError(404, "RoleAssignmentNotFound", `The role assignment '${id.name}' is not found.`),
  view: (record) => envelope(record),
};

/** Whether a role that can pull is assigned to the principal at the resource or above it. */
export function mayPull(services: Services, principalId: string, resourceId: string): boolean {
  const segments = resourceId.split("/");
  const scopes = [resourceId, segments.slice(0, 5).join("/"), segments.slice(0, 3).join("/")];
  return scopes.some((scope) =>
    services.store.under(`${scope}/providers/${TYPE}/`).some((assignment) => {
      const role = knownRole(String(assignment.properties.roleDefinitionId));
      return (
        assignment.properties.principalId === principalId &&
        role !== undefined &&
        PULLING_ROLES.includes(role)
      );
    }),
  );
}

function checkScope(id: ArmId, services: Services): void {
  const scope = parseArmId(id.scope);
  if (/^\/subscriptions\/[^/]+$/.test(scope.key) || services.store.get(scope.path) !== undefined)
    return;
  if (scope.type === "") throw groupNotFound(scope.resourceGroup ?? scope.path);
  throw resourceNotFound(scope.type, scope.name, scope.resourceGroup);
}

function checkUnchanged(existing: ResourceRecord, principalId: string, role: string): void {
  const same =
    existing.properties.principalId === principalId &&
    knownRole(String(existing.properties.roleDefinitionId)) === knownRole(role);
  if (same) return;
  throw badRequest(
    "RoleAssignmentUpdateNotPermitted",
    "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
  );
}

function checkNew({ id, services }: WriteContext, principalId: string, role: string): void {
  if (!GUID.test(principalId)) {
    throw badRequest(
      "InvalidPrincipalId",
      `A valid principal ID must be provided, got '${principalId}'.`,
    );
  }
  if (services.store.nameOwner("principals", principalId) === undefined) {
    throw badRequest(
      "PrincipalNotFound",
      `Principal ${principalId.replaceAll("-", "")} does not exist in the directory.`,
    );
  }
  const all = allOf(services, TYPE);
  const twin = all.find(
    (other) =>
      String(other.properties.scope).toLowerCase() === id.scope.toLowerCase() &&
      other.properties.principalId === principalId &&
      knownRole(String(other.properties.roleDefinitionId)) === knownRole(role),
  );
  if (twin !== undefined) {
    throw conflict(
      "RoleAssignmentExists",
      `The role assignment already exists. The ID of the existing role assignment is ${twin.name.replaceAll("-", "")}.`,
    );
  }
  const most = services.settings().limits.roleAssignmentsPerSubscription;
  if (all.length >= most) {
    throw badRequest(
      "RoleAssignmentLimitExceeded",
      `The role assignment limit of ${most} for the subscription is exceeded.`,
    );
  }
}
