import { type Report, readDocument, validateDocument } from "../schemas/index.ts";
import { CATALOGUE_FILE, catalogueFrom } from "./catalogue.ts";
import { COMPATIBILITY_FILE, compatibilityFrom } from "./compatibility.ts";
import type { CatalogueDocument, CompatibilityDocument } from "./document-types.ts";
import { loadPlatforms } from "./platforms.ts";
import { type LoadedRecords, loadRecords } from "./records.ts";
import type { Catalogue, ReleaseRecord, ReleaseRegistry } from "./types.ts";
import { newestFirst } from "./versions.ts";

export interface RegistryOptions {
  /** A record that is about to be written: everything is judged as if it were there. */
  planned?: ReleaseRecord | undefined;
}

/**
 * Reads and checks everything under `releases/`.
 *
 * @param root folder of the checkout
 * @param report gets every problem; the caller decides whether one is too many
 * @returns undefined when the catalogue, without which nothing else can be judged, is unusable
 */
export function loadRegistry(
  root: string,
  report: Report,
  { planned }: RegistryOptions = {},
): ReleaseRegistry | undefined {
  const catalogue = loadCatalogue(root, report);
  if (catalogue === undefined) return undefined;
  const loaded = withPlanned(loadRecords(root, catalogue, report), catalogue, planned);
  const platforms = loadPlatforms(root, catalogue, loaded, report);
  const document = readDocument(root, COMPATIBILITY_FILE, report);
  const data =
    document && validateDocument<CompatibilityDocument>("compatibility", document, report);
  return {
    catalogue,
    ...loaded,
    compatibility:
      document === undefined || data === undefined
        ? { rows: [] }
        : compatibilityFrom(data, document, catalogue, loaded, report),
    platforms,
  };
}

/** Reads and checks the catalogue alone; undefined when it is unusable, which is reported. */
export function loadCatalogue(root: string, report: Report): Catalogue | undefined {
  const document = readDocument(root, CATALOGUE_FILE, report);
  const data = document && validateDocument<CatalogueDocument>("catalogue", document, report);
  return document === undefined || data === undefined
    ? undefined
    : catalogueFrom(data, document, report);
}

function withPlanned(
  loaded: LoadedRecords,
  { components }: Catalogue,
  planned: ReleaseRecord | undefined,
): LoadedRecords {
  const scheme = planned && components.get(planned.component)?.scheme;
  if (planned === undefined || scheme === undefined || loaded.unusable.has(planned.file)) {
    return loaded;
  }
  const list = loaded.records.get(planned.component) ?? [];
  if (list.some(({ version }) => version === planned.version)) return loaded;
  const records = new Map(loaded.records);
  records.set(planned.component, newestFirst(scheme, [...list, planned]));
  return { ...loaded, records };
}
