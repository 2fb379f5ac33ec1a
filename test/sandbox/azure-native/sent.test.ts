import {
  createHttpHeaders,
  createPipelineRequest,
  type PipelineResponse,
} from "@azure/core-rest-pipeline";
import { describe, expect, it } from "vitest";
import { notSent, sentBodyPolicy, tracked } from "../../../sandbox/azure-native/sent.ts";

describe("notSent", () => {
  it("finds nothing when values only moved", () => {
    const body = { location: "x", properties: { configuration: { ingress: { external: true } } } };
    expect(
      notSent({ location: "x", configuration: { ingress: { external: true } } }, body),
    ).toEqual([]);
  });

  it("counts: one `true` on the wire does not stand for two", () => {
    expect(notSent({ a: true, b: { c: true } }, { a: true })).toEqual(["b.c"]);
  });

  it("names the property that is missing, not another one of the same value", () => {
    const expected = { tags: { team: "blue" }, label: "blue", z: "blue" };
    expect(notSent(expected, { tags: { team: "blue" }, properties: { z: "blue" } })).toEqual([
      "label",
    ]);
  });

  it("takes an identity that became a key for sent", () => {
    const body = { identity: { userAssignedIdentities: { "/subscriptions/s/id": {} } } };
    expect(
      notSent({ identity: { userAssignedIdentities: ["/subscriptions/s/id"] } }, body),
    ).toEqual([]);
  });
});

describe("sentBodyPolicy", () => {
  const request = createPipelineRequest({
    url: "https://localhost/x",
    method: "PUT",
    body: `{"a":1}`,
  });
  const next = async (): Promise<PipelineResponse> => ({
    request,
    status: 200,
    headers: createHttpHeaders(),
  });

  const send = () => sentBodyPolicy.sendRequest(request, next);

  it("stops a PUT that would lose a property, and names it", async () => {
    const sending = { body: { a: 1, b: { c: "x" } }, accepted: false };
    await expect(tracked(sending, send)).rejects.toThrow("'b.c'");
    expect(sending.accepted).toBe(false);
  });

  it("notes that Azure accepted the PUT", async () => {
    const sending = { body: { a: 1 }, accepted: false };
    await expect(tracked(sending, send)).resolves.toMatchObject({ status: 200 });
    expect(sending.accepted).toBe(true);
  });
});
