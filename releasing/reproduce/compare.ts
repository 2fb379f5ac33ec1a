import { isDeepStrictEqual } from "node:util";
import { type Content, type FileFacts, filesOf, type Layer } from "./content.ts";

/** One thing in which a release and its rebuild differ. */
export interface Difference {
  /** Of images for several platforms: which. */
  platform?: string;
  /** Counted from 0, the lowest; absent for the config and for a Go module. */
  layer?: number;
  /** Inside the layer; a key of the config behind `config.`; empty for all of a layer or platform. */
  path: string;
  /** `FileFacts` of a file, text or JSON otherwise; absent where the release lacks it. */
  recorded?: unknown;
  /** Likewise; absent where the rebuild lacks it. */
  rebuilt?: unknown;
}

/**
 * Compares what is inside, layer by layer: path, type, mode, owner, size and sha256 of each file, and
 * not when it was changed. Layers of one digest are not read.
 */
export async function compareContents(
  recorded: readonly Content[],
  rebuilt: readonly Content[],
): Promise<Difference[]> {
  const platforms = new Set([...recorded, ...rebuilt].map(({ platform }) => platform));
  const differences: Difference[] = [];
  for (const platform of platforms) {
    const [one, other] = [recorded, rebuilt].map((contents) =>
      contents.find((content) => content.platform === platform),
    );
    const found =
      one === undefined || other === undefined
        ? [lacking("", { recorded: one && "there", rebuilt: other && "there" })]
        : await compareContent(one, other);
    const at = platforms.size > 1 && platform !== undefined ? { platform } : {};
    differences.push(...found.map((difference) => ({ ...at, ...difference })));
  }
  return differences;
}

async function compareContent(recorded: Content, rebuilt: Content): Promise<Difference[]> {
  const differences = compareMaps(
    new Map(Object.entries(recorded.config)),
    new Map(Object.entries(rebuilt.config)),
  ).map(({ path, ...values }): Difference => ({ path: `config.${path}`, ...values }));
  const count = Math.max(recorded.layers.length, rebuilt.layers.length);
  for (let layer = 0; layer < count; layer++) {
    const found = await compareLayers(recorded.layers[layer], rebuilt.layers[layer]);
    differences.push(...found.map((difference) => ({ layer, ...difference })));
  }
  return differences;
}

async function compareLayers(
  recorded: Layer | undefined,
  rebuilt: Layer | undefined,
): Promise<Difference[]> {
  if (recorded === undefined || rebuilt === undefined) {
    return [lacking("", { recorded: recorded?.digest, rebuilt: rebuilt?.digest })];
  }
  if (recorded.digest === rebuilt.digest && recorded.title === rebuilt.title) return [];
  const [one, other] = await Promise.all([filesOf(recorded), filesOf(rebuilt)]);
  return compareMaps<FileFacts>(one, other);
}

function compareMaps<T>(
  recorded: ReadonlyMap<string, T>,
  rebuilt: ReadonlyMap<string, T>,
): Difference[] {
  const paths = [...new Set([...recorded.keys(), ...rebuilt.keys()])].sort();
  return paths.flatMap((path) => {
    const [one, other] = [recorded.get(path), rebuilt.get(path)];
    return isDeepStrictEqual(one, other) ? [] : [lacking(path, { recorded: one, rebuilt: other })];
  });
}

/** A difference without the side that is not there. */
function lacking(
  path: string,
  { recorded, rebuilt }: { recorded: unknown; rebuilt: unknown },
): Difference {
  return {
    path,
    ...(recorded === undefined ? {} : { recorded }),
    ...(rebuilt === undefined ? {} : { rebuilt }),
  };
}
