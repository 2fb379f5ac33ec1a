import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Capsule } from "../../../capsule/contract.ts";

/** A server on loopback that answers as a test says. */
export interface TestServer {
  /** `127.0.0.1:<port>` */
  host: string;
  /** `<method> <path>` of every request so far. */
  requests: string[];
  /** What each of them was authorized by. */
  authorizations: (string | undefined)[];
  close(): Promise<void>;
}

export type Answer = (
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
) => void | Promise<void>;

export async function serve(
  answer: Answer,
  tls?: { key: string; cert: string },
): Promise<TestServer> {
  const requests: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    requests.push(`${request.method} ${request.url}`);
    authorizations.push(request.headers.authorization);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    await answer(request, response, Buffer.concat(chunks).toString("utf8"));
  };
  const server = tls === undefined ? createServer(handle) : createTlsServer(tls, handle);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    host: `127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    requests,
    authorizations,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * A registry with a capsule, in whichever repository and under whichever tag.
 *
 * @param other how a blob is answered that is not to be as it should
 */
export function serveCapsule(
  capsule: Capsule,
  other: (digest: string) => Answer | undefined = () => undefined,
): Promise<TestServer> {
  return serve((request, response, body) => {
    const [, kind, reference = ""] = /\/(manifests|blobs)\/(.+)$/.exec(request.url ?? "") ?? [];
    if (kind === "manifests") {
      response.setHeader("content-type", "application/vnd.oci.image.manifest.v1+json");
      response.end(capsule.manifest);
      return;
    }
    const blob = [capsule.config, ...capsule.layers].find(({ digest }) => digest === reference);
    const answer = other(reference);
    if (answer === undefined) response.end(blob?.content);
    else return answer(request, response, body);
  });
}
