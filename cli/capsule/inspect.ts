import { openCapsule } from "../../capsule/open.ts";
import { type CapsuleDocument, documentOf } from "./document.ts";
import { openSource, type SourceFlags } from "./source.ts";

/**
 * @param capsule as `openSource` takes it
 * @throws SlipwayError as `openSource` and `openCapsule`
 */
export async function inspect(capsule: string, flags: SourceFlags = {}): Promise<CapsuleDocument> {
  return documentOf(await openCapsule(await openSource(capsule, flags)));
}
