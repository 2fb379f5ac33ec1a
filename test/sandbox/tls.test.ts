import { X509Certificate } from "node:crypto";
import { createServer, get } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { createCertificate } from "../../sandbox/tls.ts";

describe("createCertificate", () => {
  it("names loopback, lasts ten years and may stand as its own root", async () => {
    const certificate = new X509Certificate((await createCertificate()).cert);
    expect(certificate.subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1");
    expect(certificate.ca).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    const years = (Date.parse(certificate.validTo) - Date.now()) / (365 * 86_400_000);
    expect(years).toBeGreaterThan(9.9);
    expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now());
  });

  it("is trusted by a client that is given it, and by no other", async () => {
    const tls = await createCertificate();
    const other = await createCertificate();
    const server = createServer(tls, (_request, response) => response.end("hello"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const ask = (host: string, ca: string) =>
      new Promise<number | string | undefined>((resolve) => {
        get({ host, port, ca, agent: false }, (response) =>
          resolve(response.resume().statusCode),
        ).once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
      });
    expect(await ask("localhost", tls.cert)).toBe(200);
    expect(await ask("127.0.0.1", tls.cert)).toBe(200);
    expect(await ask("localhost", other.cert)).toMatch(/SELF_SIGNED|UNABLE|INVALID/);
    await new Promise((resolve) => server.close(resolve));
  });
});
