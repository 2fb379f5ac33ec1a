/** What a schema is held to, and values that several schemas take. */

export type Value = unknown;

export interface SchemaTable {
  document: Value;
  /** Paths (joined by /) of maps, lists, texts, and flags: something else there is refused. */
  maps: string;
  lists?: string;
  texts: string;
  flags?: string;
  /** Maps that take no key but their own. */
  closed: string;
  /** What may not be left out. */
  required: string;
  /** Other values that are refused, by path, and with how many problems where it is not one. */
  refused: readonly (readonly [path: string, value: Value, problems?: number])[];
  /** Keys that are refused, by the path of their map. */
  keys?: readonly (readonly [path: string, key: string])[];
}

export const LONG = (length: number) => "a".repeat(length);
export const COMMIT = "c".repeat(40);
export const DIGEST = `sha256:${"d".repeat(64)}`;
export const SUM = `h1:${"A".repeat(43)}=`;
export const SUBSCRIPTION = "00000000-0000-4000-8000-736c69707761";
export const REGISTRY_ID = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/shared`;
export const URL = "https://git.example.com/platform/platform.git";
export const NAME: readonly Value[] = ["Two Words", LONG(64)];
