import { SANDBOX_TENANT_ID } from "../../../contract.ts";
import { recordOf } from "../../core/records.ts";
import type { ResourceType, Services } from "../../core/resourceType.ts";
import type { ResourceRecord } from "../../core/store.ts";
import { uuidOf } from "../../core/vault.ts";
import { nameCheck } from "../names.ts";

export const IDENTITY_TYPE = "Microsoft.ManagedIdentity/userAssignedIdentities";

/** https://learn.microsoft.com/rest/api/managedidentity/user-assigned-identities */
export const userAssignedIdentities: ResourceType = {
  type: IDENTITY_TYPE,
  apiVersions: [
    "2018-11-30",
    "2022-01-31-preview",
    "2023-01-31",
    "2023-07-31-preview",
    "2024-11-30",
    "2025-01-31-preview",
    "2025-05-31-preview",
  ],
  tracked: true,
  checkName: nameCheck({
    pattern: /^[A-Za-z0-9][-\w]*$/,
    min: 3,
    max: 128,
    code: "InvalidResourceName",
    message: (name) =>
      `The resource name '${name}' is invalid: 3 to 128 letters, digits, '-' and '_', beginning with a letter or digit.`,
  }),
  put(context) {
    const { existing, id, services } = context;
    const properties = existing?.properties ?? principal(id.path, services);
    const record = recordOf(context, IDENTITY_TYPE, { properties });
    services.store.put(record);
    services.store.setNameOwner("principals", String(properties.principalId), record.id);
    return { status: existing === undefined ? 201 : 200, body: services.view(record) };
  },
  remove({ existing, services }) {
    services.removeTree(existing);
    return { status: 200 };
  },
  onRemoved(record, services) {
    services.store.setNameOwner("principals", String(record.properties.principalId), undefined);
  },
};

/** The identity with that id, in whatever case. */
export function identityOf(services: Services, id: string): ResourceRecord | undefined {
  const record = services.store.get(id);
  return record?.type === IDENTITY_TYPE ? record : undefined;
}

/** A new identity of an old name is another principal, as in Entra; so its making is counted. */
function principal(id: string, services: Services): Record<string, string> {
  const ordinal = String(services.store.next(`identity:${id.toLowerCase()}`));
  return {
    tenantId: SANDBOX_TENANT_ID,
    principalId: uuidOf("principal", id.toLowerCase(), ordinal),
    clientId: uuidOf("client", id.toLowerCase(), ordinal),
  };
}
