import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fixture, GROUP, SUBSCRIPTION, startFixture, withGroup } from "./fixture.ts";
import {
  ACCOUNT,
  app,
  assignPull,
  errorCode,
  IDENTITY,
  IDENTITY_VERSION,
  LOCATION,
  mounting,
  PULLING,
  putApp,
  putShare,
  putStorage,
  REGISTRY,
  ROLE_VERSION,
  STORAGE_VERSION,
  share,
  withAccount,
  withEnvironment,
  withRegistry,
} from "./world.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const IMAGE = `myreg.azurecr.io/api@${DIGEST}`;

let fixture: Fixture;
let principalId: string;
let key: string;

beforeAll(async () => {
  fixture = await startFixture();
  await withGroup(fixture);
  await withEnvironment(fixture);
  principalId = await withRegistry(fixture);
  key = await withAccount(fixture);
});
afterAll(() => fixture.stop());

const states = async (name: string) => {
  const shown = (await fixture.call("GET", app(name))).body.properties;
  const list = (await fixture.call("GET", `${app(name)}/revisions`)).body.value;
  const latest = list.find((r: { name: string }) => r.name === shown.latestRevisionName);
  return {
    app: shown.provisioningState,
    revision: latest?.properties.provisioningState,
    ready: shown.latestReadyRevisionName,
  };
};

describe("pulling images", () => {
  const assignment = `${REGISTRY}/providers/Microsoft.Authorization/roleAssignments/11111111-2222-4333-8444-555555555555`;

  it("fails without AcrPull, with the image named and everything marked failed", async () => {
    fixture.images.add(IMAGE);
    const ended = await putApp(fixture, "puller", { image: IMAGE, ...PULLING });
    expect(ended.body.status).toBe("Failed");
    expect(ended.body.error.code).toBe("InvalidParameterValueInContainerTemplate");
    expect(ended.body.error.message).toContain(IMAGE);
    expect(ended.body.error.message).toContain("UNAUTHORIZED");
    expect(await states("puller")).toEqual({ app: "Failed", revision: "Failed", ready: undefined });
  });

  it("pulls once the role is there, on the same revision", async () => {
    expect((await assignPull(fixture, principalId)).status).toBe(201);
    expect((await putApp(fixture, "puller", { image: IMAGE, ...PULLING })).body.status).toBe(
      "Succeeded",
    );
    const { app: state, revision } = await states("puller");
    expect([state, revision]).toEqual(["Succeeded", "Provisioned"]);
    expect((await fixture.call("GET", `${app("puller")}/revisions`)).body.value).toHaveLength(1);
  });

  it("fails for an image that is not in the registry and keeps the revision before", async () => {
    const before = (await states("puller")).ready;
    const missing = `myreg.azurecr.io/api@sha256:${"b".repeat(64)}`;
    const ended = await putApp(fixture, "puller", { image: missing, ...PULLING });
    expect(ended.body.error.message).toContain(missing);
    expect(ended.body.error.message).toContain("MANIFEST_UNKNOWN");
    expect(await states("puller")).toEqual({ app: "Failed", revision: "Failed", ready: before });
    const back = await putApp(fixture, "puller", { image: IMAGE, ...PULLING });
    expect(back.body.status).toBe("Succeeded");
  });

  it("looks at init containers too", async () => {
    const initContainers = [{ name: "init", image: "myreg.azurecr.io/none:1" }];
    const ended = await putApp(fixture, "init", {
      image: IMAGE,
      ...PULLING,
      template: { initContainers },
    });
    expect(ended.body.error.message).toContain("template.containers.init.image");
  });

  it("fails without an identity for the registry, and for a registry that is not there", async () => {
    expect((await putApp(fixture, "nobody", { image: IMAGE })).body.error.message).toContain(
      "UNAUTHORIZED",
    );
    const elsewhere = "otherreg.azurecr.io/api:1";
    fixture.images.add(elsewhere);
    expect((await putApp(fixture, "lost", { image: elsewhere })).body.error.message).toContain(
      "no such host",
    );
  });

  it("takes a role on the group or the subscription, not one on another resource", async () => {
    await fixture.call("DELETE", assignment, undefined, ROLE_VERSION);
    const attempt = async (n: number, scope: string) => {
      const name = `11111111-2222-4333-8444-66666666666${n}`;
      expect((await assignPull(fixture, principalId, scope, name)).status).toBe(201);
      const ended = await putApp(fixture, `scope${n}`, { image: IMAGE, ...PULLING });
      await fixture.call(
        "DELETE",
        `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`,
        undefined,
        ROLE_VERSION,
      );
      return ended.body.status;
    };
    expect(await attempt(1, ACCOUNT)).toBe("Failed");
    expect(await attempt(2, GROUP)).toBe("Succeeded");
    expect(await attempt(3, SUBSCRIPTION)).toBe("Succeeded");
  });

  it("does not let an identity made anew pull with the old one's role", async () => {
    await assignPull(fixture, principalId);
    await fixture.call("DELETE", IDENTITY, undefined, IDENTITY_VERSION);
    const again = await fixture.call("PUT", IDENTITY, LOCATION, IDENTITY_VERSION);
    expect(again.body.properties.principalId).not.toBe(principalId);
    const ended = await putApp(fixture, "renewed", { image: IMAGE, ...PULLING });
    expect(ended.body.status).toBe("Failed");
  });
});

describe("mounting shares", () => {
  it("takes a storage with a wrong key and fails when a replica mounts it", async () => {
    await putShare(fixture, "data");
    expect((await putStorage(fixture, "wrong", { accountKey: "d3Jvbmc=" })).status).toBe(201);
    const ended = await putApp(fixture, "mounter", mounting("wrong"));
    expect(ended.body).toMatchObject({
      status: "Failed",
      error: { code: "ContainerAppOperationError" },
    });
    expect(ended.body.error.message).toContain("mount error(13): Permission denied");
  });

  it("mounts with either key, until the key is made anew", async () => {
    await putStorage(fixture, "right", { accountKey: key });
    expect((await putApp(fixture, "mounter2", mounting("right"))).body.status).toBe("Succeeded");
    await fixture.call("POST", `${ACCOUNT}/regenerateKey`, { keyName: "key1" }, STORAGE_VERSION);
    const ended = await putApp(fixture, "mounter3", mounting("right"));
    expect(ended.body.error.message).toContain("Permission denied");
    // What runs already stays up.
    const same = await putApp(fixture, "mounter2", {
      ...mounting("right"),
      top: { tags: { a: "b" } },
    });
    expect(same.body.status).toBe("Succeeded");
  });

  it("fails for a share or an account that is not there", async () => {
    const keys = await fixture.call("POST", `${ACCOUNT}/listKeys`, undefined, STORAGE_VERSION);
    const accountKey = keys.body.keys[1]?.value;
    await putStorage(fixture, "noshare", { accountKey, shareName: "none" });
    expect((await putApp(fixture, "m4", mounting("noshare"))).body.error.message).toContain(
      "mount error(2)",
    );
    await putStorage(fixture, "noaccount", { accountKey, accountName: "nobody" });
    expect((await putApp(fixture, "m5", mounting("noaccount"))).body.error.message).toContain(
      "could not resolve",
    );
    await fixture.call("DELETE", share("data"), undefined, STORAGE_VERSION);
    await putStorage(fixture, "good", { accountKey });
    expect((await putApp(fixture, "m6", mounting("good"))).body.error.message).toContain(
      "mount error(2)",
    );
  });
});

describe("an image lookup that fails", () => {
  it("fails the operation and leaves the app in a state that can be put again", async () => {
    await fixture.call("PUT", IDENTITY, LOCATION, IDENTITY_VERSION);
    const { body } = await fixture.call("GET", IDENTITY, undefined, IDENTITY_VERSION);
    await assignPull(
      fixture,
      body.properties.principalId,
      GROUP,
      "11111111-2222-4333-8444-777777777777",
    );
    fixture.images.has = () => {
      throw new Error("connection refused");
    };
    const ended = await putApp(fixture, "offline", { image: IMAGE, ...PULLING });
    expect(ended.body).toMatchObject({ status: "Failed", error: { code: "InternalServerError" } });
    expect((await states("offline")).app).toBe("Failed");
    fixture.images.has = Set.prototype.has;
    expect((await putApp(fixture, "offline", { image: IMAGE, ...PULLING })).body.status).toBe(
      "Succeeded",
    );
    expect(errorCode(await putApp(fixture, "Offline"))).toEqual([400, "ContainerAppInvalidName"]);
  });
});
