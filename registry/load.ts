import { type Report, readDocument, validateDocument } from "../schemas/index.ts";
import { CATALOGUE_FILE, catalogueFrom } from "./catalogue.ts";
import { COMPATIBILITY_FILE, compatibilityFrom } from "./compatibility.ts";
import type { CatalogueDocument, CompatibilityDocument } from "./document-types.ts";
import { loadPlatforms } from "./platforms.ts";
import { loadRecords } from "./records.ts";
import type { Catalogue, ReleaseRegistry } from "./types.ts";

/**
 * Reads and checks everything under `releases/`.
 *
 * @param root folder of the checkout
 * @param report gets every problem; the caller decides whether one is too many
 * @returns undefined when the catalogue, without which nothing else can be judged, is unusable
 */
export function loadRegistry(root: string, report: Report): ReleaseRegistry | undefined {
  const catalogue = loadCatalogue(root, report);
  if (catalogue === undefined) return undefined;
  const loaded = loadRecords(root, catalogue, report);
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
