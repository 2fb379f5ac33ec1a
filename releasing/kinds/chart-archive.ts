import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { pack } from "tar-stream";
import { tarEntries } from "../../builds/tar.ts";
import { gzipReproducibly } from "../../capsule/gzip.ts";

/** A chart as Helm packed it, in bytes that are the same each time. */
export interface ChartArchive {
  /** `tar+gzip` */
  content: Uint8Array;
  /** Chart.yaml, as Helm wrote it: the release's version is in it. */
  chartFile: string;
}

const MODE = 0o644;
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Packs anew what `helm package` packed: it dates every entry with the moment it was packed at
 * (https://github.com/helm/helm/issues/3612), so that no two of its archives have one digest.
 *
 * @param name of the chart
 * @param time seconds since the epoch, for every entry
 */
export async function normaliseArchive(
  file: string,
  name: string,
  time: number,
): Promise<ChartArchive> {
  const tar = await promisify(gunzip)(await readFile(file), { maxOutputLength: MAX_BYTES });
  const entries = await entriesOf(tar);
  const archive = pack();
  const read = buffer(archive);
  for (const [path, content] of entries) {
    archive.entry(
      { name: path, mode: MODE, uid: 0, gid: 0, mtime: new Date(time * 1000) },
      content,
    );
  }
  archive.finalize();
  const chartFile = entries.get(`${name}/Chart.yaml`);
  if (chartFile === undefined) throw new Error(`helm packed no ${name}/Chart.yaml`);
  const content = gzipReproducibly(await read);
  return { content, chartFile: chartFile.toString("utf8") };
}

/** In the order of the archive. */
async function entriesOf(tar: Buffer): Promise<Map<string, Buffer>> {
  const entries = new Map<string, Buffer>();
  for await (const entry of tarEntries(Readable.from([tar], { objectMode: false }))) {
    entries.set(entry.header.name, await buffer(entry.content));
  }
  return entries;
}
