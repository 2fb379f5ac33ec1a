import type { JsonObject } from "./json.ts";

/** Body of a failed request or operation, as in ARM's common error format. */
export interface ArmErrorDetail {
  code: string;
  message: string;
  target?: string;
  details?: ArmErrorDetail[];
}

/** A refusal with the HTTP status and the error body that Azure answers with. */
export class ArmError extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: ArmErrorDetail;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    code: string,
    message: string,
    more: { target?: string; details?: ArmErrorDetail[]; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.name = "ArmError";
    this.status = status;
    this.code = code;
    this.detail = {
      code,
      message,
      ...(more.target === undefined ? {} : { target: more.target }),
      ...(more.details === undefined ? {} : { details: more.details }),
    };
    this.headers = more.headers ?? {};
  }

  body(): JsonObject {
    return { error: JSON.parse(JSON.stringify(this.detail)) as JsonObject };
  }
}

export function resourceNotFound(type: string, name: string, group: string | undefined): ArmError {
  const where = group === undefined ? "" : ` under resource group '${group}'`;
  return new ArmError(
    404,
    "ResourceNotFound",
    `The Resource '${type}/${name}'${where} was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  );
}

export function groupNotFound(group: string): ArmError {
  return new ArmError(
    404,
    "ResourceGroupNotFound",
    `Resource group '${group}' could not be found.`,
  );
}

export function parentNotFound(parent: string): ArmError {
  return new ArmError(
    404,
    "ParentResourceNotFound",
    `Failed to perform 'write' on resource, because the parent resource '${parent}' could not be found.`,
  );
}

export function badRequest(code: string, message: string, target?: string): ArmError {
  return new ArmError(400, code, message, target === undefined ? {} : { target });
}

export function conflict(code: string, message: string): ArmError {
  return new ArmError(409, code, message);
}
