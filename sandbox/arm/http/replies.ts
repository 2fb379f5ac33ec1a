import type { FastifyReply } from "fastify";
import { ArmError } from "../core/errors.ts";
import type { ArmReply } from "../core/resourceType.ts";

/** The answer to a request that was refused, or that met a defect of the endpoint. */
export function errorReply(error: unknown): ArmReply {
  if (error instanceof ArmError) {
    return { status: error.status, body: error.body(), headers: error.headers };
  }
  const message = error instanceof Error ? error.message : String(error);
  return errorReply(new ArmError(500, "InternalServerError", message));
}

export function send(reply: FastifyReply, answer: ArmReply): FastifyReply {
  void reply.code(answer.status).headers(answer.headers ?? {});
  if (answer.body === undefined) return reply.send();
  return reply.type("application/json; charset=utf-8").send(JSON.stringify(answer.body));
}

/** What fastify itself refuses: a body that is too large, of another type, or not JSON. */
export function unreadable(error: unknown): ArmError {
  const status = (error as { statusCode?: number }).statusCode ?? 500;
  const message = error instanceof Error ? error.message : String(error);
  if (status === 413) return new ArmError(413, "RequestContentTooLarge", message);
  if (status >= 500) return new ArmError(500, "InternalServerError", message);
  return new ArmError(
    400,
    "InvalidRequestContent",
    `The request content was invalid and could not be deserialized: ${message}`,
  );
}
