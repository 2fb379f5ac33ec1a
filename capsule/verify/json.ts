import { parse } from "lossless-json";

/** Why a text is no JSON that every reader takes for the same; the message follows its name. */
export class JsonProblem extends Error {
  override readonly name = "JsonProblem";
}

/**
 * Reads JSON of an origin that nobody trusts yet. A key that stands twice means one thing to one
 * reader and another to the next, so that it is refused.
 *
 * @throws JsonProblem
 */
export function parseStrictly(content: Uint8Array): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
    // That one refuses keys with two values; what they mean is left to the engine's own reader.
    parse(text, undefined, Number);
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    throw new JsonProblem(`is no plain JSON (${reason.slice(0, 120)})`, { cause: error });
  }
}
