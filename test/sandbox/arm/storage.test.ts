import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fixture, GROUP, SUBSCRIPTION, startFixture, withGroup } from "./fixture.ts";
import {
  ACCOUNT,
  errorCode,
  LOCATION,
  putShare,
  SHARES,
  STORAGE_VERSION,
  share,
  withAccount,
} from "./world.ts";

let fixture: Fixture;

beforeAll(async () => {
  fixture = await startFixture();
  await withGroup(fixture);
});
afterAll(() => fixture.stop());

const call = (method: string, path: string, body?: unknown) =>
  fixture.call(method, path, body, STORAGE_VERSION);
const account = (name: string, group = GROUP) =>
  `${group}/providers/Microsoft.Storage/storageAccounts/${name}`;
const accountBody = (change: object = {}) => ({
  ...LOCATION,
  kind: "FileStorage",
  sku: { name: "Premium_LRS" },
  ...change,
});

describe("storage accounts", () => {
  it("creates with 202, Location and Retry-After, then answers the account", async () => {
    const put = await call("PUT", ACCOUNT, accountBody());
    expect(put.status).toBe(202);
    expect(put.body).toBeUndefined();
    expect(put.headers["retry-after"]).toBe("1");
    const poll = String(put.headers.location).slice(fixture.arm.endpoint.length);
    const done = await call("GET", poll);
    expect(done.body).toMatchObject({
      id: ACCOUNT,
      kind: "FileStorage",
      sku: { name: "Premium_LRS", tier: "Premium" },
    });
    expect((await call("PUT", ACCOUNT, accountBody({ tags: { a: "b" } }))).status).toBe(200);
  });

  it("has keys of its own, kept until they are made anew", async () => {
    const keys = async () =>
      (await call("POST", `${ACCOUNT}/listKeys`)).body.keys.map((k: { value: string }) => k.value);
    const first = await keys();
    expect(first).toHaveLength(2);
    expect(await keys()).toEqual(first);
    await call("POST", `${ACCOUNT}/regenerateKey`, { keyName: "key2" });
    const second = await keys();
    expect(second[0]).toBe(first[0]);
    expect(second[1]).not.toBe(first[1]);
    expect(errorCode(await call("POST", `${ACCOUNT}/regenerateKey`, { keyName: "key3" }))).toEqual([
      400,
      "InvalidKeyName",
    ]);
    expect(JSON.stringify((await call("GET", ACCOUNT)).body)).not.toContain(second[0]);
  });

  it("keeps what cannot change", async () => {
    const hns = accountBody({ properties: { isHnsEnabled: true } });
    expect(errorCode(await call("PUT", ACCOUNT, hns))).toEqual([
      409,
      "AccountPropertyCannotBeUpdated",
    ]);
    expect(
      errorCode(await call("PUT", ACCOUNT, accountBody({ kind: "BlockBlobStorage" }))),
    ).toEqual([409, "AccountPropertyCannotBeUpdated"]);
    expect(errorCode(await call("PUT", ACCOUNT, accountBody({ location: "northeurope" })))).toEqual(
      [409, "InvalidResourceLocation"],
    );
  });

  it("has a name that is global", async () => {
    const other = `${SUBSCRIPTION}/resourceGroups/other`;
    await fixture.call("PUT", other, LOCATION);
    const taken = await call("PUT", account("acct", other), accountBody());
    expect(errorCode(taken)).toEqual([409, "StorageAccountAlreadyTaken"]);
    const ask = (name: string) =>
      call("POST", `${SUBSCRIPTION}/providers/Microsoft.Storage/checkNameAvailability`, { name });
    expect((await ask("acct")).body).toMatchObject({
      nameAvailable: false,
      reason: "AlreadyExists",
    });
    expect((await ask("Bad")).body).toMatchObject({
      nameAvailable: false,
      reason: "AccountNameInvalid",
    });
    expect((await ask("free")).body).toEqual({ nameAvailable: true });
  });

  it("refuses kinds and skus that do not go together or are missing", async () => {
    expect(
      errorCode(
        await call("PUT", account("kinds"), accountBody({ sku: { name: "Standard_LRS" } })),
      ),
    ).toEqual([400, "AccountTypeMissMatch"]);
    expect(errorCode(await call("PUT", account("kinds"), LOCATION))).toEqual([
      400,
      "InvalidRequestContent",
    ]);
    expect(
      errorCode(await call("PUT", account("kinds"), accountBody({ sku: { name: "Golden" } }))),
    ).toEqual([400, "InvalidRequestContent"]);
  });

  it("is busy while it is made", async () => {
    await fixture.control.changeSettings({ operationLatencyMs: { min: 200, max: 200 } });
    await call("PUT", account("busy"), accountBody());
    expect(errorCode(await call("PUT", account("busy"), accountBody()))).toEqual([
      409,
      "StorageAccountOperationInProgress",
    ]);
    const early = await call("PUT", `${account("busy")}/fileServices/default/shares/data`, {
      properties: {},
    });
    expect(errorCode(early)).toEqual([409, "StorageAccountIsNotProvisioned"]);
    await fixture.control.changeSettings({ operationLatencyMs: { min: 0, max: 10 } });
  });

  it("stops at the accounts per region", async () => {
    const { limits } = await fixture.control.settings();
    expect(limits.accountsPerRegion).toBe(250);
    await fixture.control.changeSettings({ limits: { accountsPerRegion: 2 } as never });
    for (const location of ["westeurope", "West Europe"]) {
      const third = await call("PUT", account("third"), { ...accountBody(), location });
      expect(errorCode(third)).toEqual([409, "MaxStorageAccountsCountPerSubscriptionExceeded"]);
    }
    await fixture.control.changeSettings({ limits: { accountsPerRegion: 250 } as never });
  });

  it("stops at 800 resources of a type per group", async () => {
    expect((await fixture.control.settings()).limits.instancesPerGroup).toBe(800);
    await fixture.control.changeSettings({ limits: { instancesPerGroup: 2 } as never });
    const refused = await call("PUT", account("third"), accountBody());
    expect(errorCode(refused)).toEqual([409, "ResourceQuotaExceeded"]);
    expect((await call("PUT", ACCOUNT, accountBody())).status).toBe(200);
    await fixture.control.changeSettings({ limits: { instancesPerGroup: 800 } as never });
  });
});

describe("file shares", () => {
  it("creates with 201, updates with 200, and answers what was put", async () => {
    await withAccount(fixture);
    expect((await putShare(fixture, "data", { metadata: { solution: "a b" } })).status).toBe(201);
    expect(
      (await putShare(fixture, "data", { shareQuota: 200, metadata: { solution: "c" } })).status,
    ).toBe(200);
    const shown = await call("GET", share("data"));
    expect(shown.body).toMatchObject({
      id: share("data"),
      name: "data",
      type: "Microsoft.Storage/storageAccounts/fileServices/shares",
      properties: { shareQuota: 200, accessTier: "Premium", metadata: { solution: "c" } },
    });
    expect((await call("GET", SHARES)).body.value).toHaveLength(1);
    const patched = await call("PATCH", share("data"), {
      properties: { metadata: { solution: "d" } },
    });
    expect(patched.body.properties).toMatchObject({ shareQuota: 200, metadata: { solution: "d" } });
  });

  it.each([
    ["a quota under 100 GiB", { shareQuota: 99 }],
    ["a quota above 100 TiB", { shareQuota: 102_401 }],
    ["a tier other than Premium", { accessTier: "Hot" }],
  ])("refuses %s on a premium account", async (_what, properties) => {
    expect(errorCode(await putShare(fixture, "small", properties))).toEqual([
      400,
      "InvalidHeaderValue",
    ]);
  });

  it("takes a small quota on a standard account and refuses its Premium tier", async () => {
    const body = { ...LOCATION, kind: "StorageV2", sku: { name: "Standard_LRS" } };
    await fixture.settle("PUT", account("standard"), body, STORAGE_VERSION);
    const put = (properties: object) =>
      call("PUT", `${account("standard")}/fileServices/default/shares/data`, { properties });
    expect((await put({ shareQuota: 5 })).status).toBe(201);
    expect(errorCode(await put({ accessTier: "Premium" }))).toEqual([400, "InvalidHeaderValue"]);
    expect(errorCode(await put({ enabledProtocols: "NFS" }))).toEqual([400, "InvalidHeaderValue"]);
  });

  it("never answers SMB, and does not change protocols", async () => {
    await putShare(fixture, "smb", { enabledProtocols: "SMB" });
    expect((await call("GET", share("smb"))).body.properties.enabledProtocols).toBeUndefined();
    expect((await putShare(fixture, "smb", { enabledProtocols: "SMB" })).status).toBe(200);
    expect(errorCode(await putShare(fixture, "smb", { enabledProtocols: "NFS" }))).toEqual([
      400,
      "EnabledProtocolsCannotBeChanged",
    ]);
    await putShare(fixture, "nfs", { enabledProtocols: "NFS" });
    expect((await call("GET", share("nfs"))).body.properties.enabledProtocols).toBe("NFS");
  });

  it("refuses metadata that is not named like a C# identifier", async () => {
    expect(
      errorCode(await putShare(fixture, "meta", { metadata: { "solution-id": "a" } })),
    ).toEqual([400, "InvalidMetadata"]);
  });

  it("has 404s of its own", async () => {
    expect(errorCode(await call("GET", share("none")))).toEqual([404, "ShareNotFound"]);
    expect((await call("DELETE", share("none"))).status).toBe(204);
    const orphan = `${account("nobody")}/fileServices/default/shares/data`;
    expect(errorCode(await call("GET", orphan))).toEqual([404, "ResourceNotFound"]);
    const put = await call("PUT", orphan, { properties: {} });
    expect(errorCode(put)).toEqual([404, "ParentResourceNotFound"]);
    expect(put.body.error.message).toContain(account("nobody"));
  });

  it("stops at the shares per account", async () => {
    expect((await fixture.control.settings()).limits.sharesPerAccount).toBe(1024);
    const { length } = (await call("GET", SHARES)).body.value;
    await fixture.control.changeSettings({ limits: { sharesPerAccount: length } as never });
    expect(errorCode(await putShare(fixture, "more"))).toEqual([
      409,
      "TotalSharesCountExceedsAccountLimit",
    ]);
    expect((await putShare(fixture, "data")).status).toBe(200);
  });

  it("goes with its account", async () => {
    expect((await call("DELETE", ACCOUNT)).status).toBe(200);
    await withAccount(fixture);
    expect((await call("GET", SHARES)).body.value).toEqual([]);
  });

  it("has service settings that are there without having been made", async () => {
    const service = `${ACCOUNT}/fileServices/default`;
    expect((await call("GET", service)).body).toMatchObject({ id: service, name: "default" });
    const properties = { shareDeleteRetentionPolicy: { enabled: true, days: 7 } };
    expect((await call("PUT", service, { properties })).status).toBe(200);
    expect((await call("GET", service)).body.properties).toEqual(properties);
    expect(errorCode(await call("GET", `${ACCOUNT}/fileServices/other`))).toEqual([
      400,
      "InvalidResourceName",
    ]);
  });
});
