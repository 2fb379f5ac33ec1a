// Errors of the tool set-up. They carry a code that tests and callers can rely
// on, and a message that says what was wanted, what happened and what to do.

/**
 * @typedef {"build_failed" | "install_failed" | "tool_missing" | "unsupported" | "usage"} ToolErrorCode
 */

export class ToolError extends Error {
  /**
   * @param {ToolErrorCode} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.name = "ToolError";
    /** @type {ToolErrorCode} */
    this.code = code;
  }
}

/**
 * The message of anything that was thrown.
 *
 * @param {unknown} thrown
 * @returns {string}
 */
export function messageOf(thrown) {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/**
 * The `code` of a Node.js system error, such as "ENOENT".
 *
 * @param {unknown} thrown
 * @returns {string | undefined}
 */
export function systemCode(thrown) {
  if (thrown instanceof Error && "code" in thrown && typeof thrown.code === "string") {
    return thrown.code;
  }
  return undefined;
}
