import { describe, expect, it } from "vitest";
import { connectArm } from "../../builds/azure-client.ts";

describe("connectArm", () => {
  it("is public Azure with the developer's own login when nothing is set", async () => {
    const connection = await connectArm({});
    expect(connection.endpoint).toBe("https://management.azure.com");
    expect(connection.credentialScopes).toEqual(["https://management.azure.com/.default"]);
    expect(connection.credential.constructor.name).toBe("DefaultAzureCredential");
    expect(connection.subscriptionId).toBeUndefined();
  });

  it("reads what azure-native reads", async () => {
    const connection = await connectArm({
      ARM_SUBSCRIPTION_ID: "s",
      ARM_TENANT_ID: "t",
      ARM_CLIENT_ID: "c",
      ARM_CLIENT_SECRET: "hunter2",
      ARM_ENVIRONMENT: "usgovernment",
    });
    expect(connection.endpoint).toBe("https://management.usgovcloudapi.net");
    expect(connection.subscriptionId).toBe("s");
    expect(connection.credential.constructor.name).toBe("ClientSecretCredential");
  });

  it("lets configuration win over the environment", async () => {
    const env = { ARM_SUBSCRIPTION_ID: "s", ARM_USE_MSI: "true" };
    const connection = await connectArm(env, { subscriptionId: "other" });
    expect(connection.subscriptionId).toBe("other");
    expect(connection.credential.constructor.name).toBe("ManagedIdentityCredential");
    const plain = await connectArm(env, { useMsi: false });
    expect(plain.credential.constructor.name).toBe("DefaultAzureCredential");
  });

  it("gives both generations of the SDK the same scopes", async () => {
    const { clientOptions, credentialScopes } = await connectArm({ ARM_ENVIRONMENT: "china" });
    expect(clientOptions.credentialScopes).toEqual(credentialScopes);
    expect(clientOptions.credentials.scopes).toEqual(credentialScopes);
  });

  it("refuses a cloud that it does not know", async () => {
    await expect(connectArm({ ARM_ENVIRONMENT: "moon" })).rejects.toThrow('"moon"');
  });
});
