/** Reading tar, whoever wrote it. */
import { type Duplex, type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract, type Header } from "tar-stream";

export interface TarEntry {
  header: Header;
  /** To be read to its end before the next entry is asked for. */
  content: AsyncIterable<Uint8Array>;
}

/** Why a stream is no tar that is read here; the message follows its name in a sentence. */
export class TarProblem extends Error {
  override readonly name = "TarProblem";
}

/** Of a tar's header. */
const [BLOCK, SIZE_AT, TYPE_AT, MAGIC_AT] = [512, 124, 156, 257];
const SIZE_BYTES = 12;
const BINARY = 0x80;
const NEW_LINE = 0x0a;
/** Entries that are about the next one: extended headers, and long names of GNU's. */
const [EXTENDED, LONG_NAMES] = ["xg", "KLN"];
/** Of such an entry; the library takes no more. */
const MAX_ABOUT_BYTES = 4 * 1024 * 1024;
/**
 * Records of extended headers that one tar may have: for each entry so far, and besides. Nobody writes as
 * many; each is worked out at once, so that without a bound a small archive takes a processor for minutes.
 */
const [RECORDS_EACH, RECORDS_BESIDES] = [20, 1_000];

/**
 * The entries of a tar, one after the other.
 *
 * tar-stream 3.2.2 waits for ever for the end of a folder that has content and of an entry whose size is
 * no number, and goes round for ever in an extended header whose records have a negative length: what
 * would come to that is refused before the library sees all of it, and so are extended headers of more
 * records than there are entries for.
 *
 * @param source a stream, and what it goes through before it is a tar
 * @throws TarProblem, or what the source ends with
 */
export async function* tarEntries(...source: [Readable, ...Duplex[]]): AsyncGenerator<TarEntry> {
  const reader = extract();
  const filled = pipeline([...source, guarded(), reader]).then(
    () => undefined,
    (error: unknown) => error,
  );
  let failure: unknown;
  try {
    for await (const entry of reader) {
      const { type, size } = entry.header;
      if (type === "directory" && size > 0) throw new TarProblem("has a folder with content");
      yield { header: entry.header, content: contentOf(entry, filled) };
    }
  } catch (error) {
    if (error instanceof TarProblem) throw error;
    failure = error;
  }
  failure = (await filled) ?? failure;
  if (failure !== undefined) throw failure;
}

/** @param filled what the source ended with: where it fails, an entry knows but that it was destroyed */
async function* contentOf(
  entry: AsyncIterable<unknown>,
  filled: Promise<unknown>,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of entry) yield chunk as Uint8Array;
  } catch (error) {
    throw (await filled) ?? error;
  }
}

function guarded(): Duplex {
  const guard = new Guard();
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        guard.see(chunk);
        done(null, chunk);
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  });
}

/** Goes through a tar as the library does, from header to header. */
class Guard {
  /** Bytes of content that nothing is asked of. */
  #skip = 0;
  /** The beginning of what is looked at next, how long that is, and how long all of it. */
  #held: Buffer[] = [];
  #has = 0;
  #wanted = BLOCK;
  /** Records of extended headers that may still come. */
  #records = RECORDS_BESIDES;
  /** Type of the entry whose content that is; none where it is a header. */
  #within: string | undefined;
  /** By an extended header, of the next entry. */
  #nextSize: number | undefined;

  see(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.byteLength) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, chunk.byteLength - at);
        this.#skip -= skipped;
        at += skipped;
        continue;
      }
      const part = chunk.subarray(at, at + this.#wanted - this.#has);
      at += part.byteLength;
      this.#has += part.byteLength;
      this.#held.push(part);
      if (this.#has < this.#wanted) return;
      const whole = Buffer.concat(this.#held);
      this.#held = [];
      this.#has = 0;
      if (this.#within === undefined) this.#header(whole);
      else this.#extended(whole, this.#within);
    }
  }

  #header(block: Buffer): void {
    if (block.every((byte) => byte === 0)) return;
    if (!block.toString("latin1", MAGIC_AT).startsWith("ustar")) throw notWhole();
    const type = block.toString("latin1", TYPE_AT, TYPE_AT + 1);
    const size = sizeIn(block.subarray(SIZE_AT, SIZE_AT + SIZE_BYTES));
    if (EXTENDED.includes(type) || LONG_NAMES.includes(type)) {
      if (size === 0 || size > MAX_ABOUT_BYTES) throw notWhole();
      if (LONG_NAMES.includes(type)) {
        this.#skip = size + padding(size);
        return;
      }
      this.#within = type;
      this.#wanted = size;
      return;
    }
    this.#records += RECORDS_EACH;
    const actual = this.#nextSize ?? size;
    this.#nextSize = undefined;
    this.#skip = actual + padding(actual);
  }

  #extended(content: Buffer, type: string): void {
    const { size, count } = readRecords(content, this.#records);
    this.#records -= count;
    // Of all that follow: nobody writes that, and readers differ on what it means.
    if (type === "g" && size !== undefined) throw notWhole();
    if (type === "x") this.#nextSize = size;
    this.#within = undefined;
    this.#wanted = BLOCK;
    this.#skip = padding(content.byteLength);
  }
}

/** In octal, or in binary where it is too large for that. */
function sizeIn(field: Buffer): number {
  if (field[0] === BINARY) return safe(Number(`0x${field.toString("hex", 1)}`));
  const [, octal] = /^ *\0*([0-7]*)[ \0]*$/.exec(field.toString("latin1")) ?? [];
  if (octal === undefined) throw notWhole();
  return octal === "" ? 0 : Number.parseInt(octal, 8);
}

/** @returns the size that an extended header has for the next entry, where it has one */
function readRecords(content: Buffer, most: number): { size: number | undefined; count: number } {
  let size: number | undefined;
  let count = 0;
  for (let at = 0; at < content.byteLength; ) {
    count += 1;
    if (count > most) throw new TarProblem("has more extended headers than its entries need");
    const [head = "", digits = ""] =
      /^([1-9][0-9]{0,6}) /.exec(content.toString("latin1", at, at + 8)) ?? [];
    const end = at + Number(digits);
    const [key, value] = content
      .toString("latin1", at + head.length, Math.max(at + head.length, end - 1))
      .split(/=(.*)/s);
    if (head === "" || content[end - 1] !== NEW_LINE || value === undefined) throw notWhole();
    if (key === "size") {
      if (!/^[0-9]{1,16}$/.test(value)) throw notWhole();
      size = safe(Number(value));
    }
    at = end;
  }
  return { size, count };
}

function safe(size: number): number {
  if (!Number.isSafeInteger(size)) throw notWhole();
  return size;
}

/** Content is filled up to whole blocks. */
function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function notWhole(): TarProblem {
  return new TarProblem("is not a whole tar");
}
