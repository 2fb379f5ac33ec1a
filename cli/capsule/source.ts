import { openLayout } from "../../capsule/layout.ts";
import type { CapsuleSource } from "../../capsule/source.ts";

/**
 * Opens what the command line names as a capsule.
 *
 * @param capsule folder of an OCI layout
 * @throws SlipwayError as `openLayout`
 */
export async function openSource(capsule: string): Promise<CapsuleSource> {
  return openLayout(capsule);
}
