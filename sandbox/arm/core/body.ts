import { Ajv, type ErrorObject } from "ajv";
import { ArmError } from "./errors.ts";
import type { JsonObject } from "./json.ts";

const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true });

/**
 * Makes the shape check of a body. Properties that the schema does not name are let through, as ARM
 * does; the provider's own codes are for values, this one is for JSON of the wrong shape.
 * @throws ArmError 400 `InvalidRequestContent` naming every place
 */
export function bodyOf(schema: object): (body: JsonObject) => void {
  const validate = ajv.compile(schema);
  return (body) => {
    if (validate(body)) return;
    const details = (validate.errors ?? []).map((error) => ({
      code: "InvalidRequestContent",
      message: describe(error),
      target: error.instancePath.slice(1).replaceAll("/", "."),
    }));
    throw new ArmError(
      400,
      "InvalidRequestContent",
      `The request content was invalid: ${details.map((detail) => detail.message).join("; ")}.`,
      { details },
    );
  };
}

function describe(error: ErrorObject): string {
  const at = error.instancePath === "" ? "body" : error.instancePath.slice(1).replaceAll("/", ".");
  return `'${at}' ${error.message ?? "is invalid"}`;
}
