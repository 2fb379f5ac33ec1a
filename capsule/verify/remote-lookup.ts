import { RestError } from "@azure/core-rest-pipeline";
import { sha256 } from "../../builds/digest.ts";
import { DigestMismatchError } from "../../builds/referrers.ts";
import { SlipwayError } from "../../schemas/problem.ts";
import { OtherBytesError } from "../registry/failures.ts";
import type { RemoteRepository } from "../registry/index.ts";
import type { SignatureLookup } from "./types.ts";

const NOT_FOUND = 404;

/** Lends a repository of any registry to the checks, which read attestations as those of images. */
export function lookupIn({ resolve, referrers, readBlob }: RemoteRepository): SignatureLookup {
  return {
    async resolve(reference) {
      try {
        return await resolve(reference);
      } catch (error) {
        if (!(error instanceof OtherBytesError)) throw error;
        throw new DigestMismatchError(error.message, { cause: error });
      }
    },
    referrers,
    async readBlob(digest, maxBytes) {
      const content = await found(() => readBlob({ digest, size: maxBytes }));
      const other = sha256(content);
      // Of one that is too large the first bytes were read, which are other bytes, too.
      if (other !== digest) throw new DigestMismatchError(`found ${other} under ${digest}`);
      return content;
    },
  };
}

/** What is gone is no fault of the registry's; the checks go on to the next. */
async function found<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.code !== "registry-missing") throw error;
    throw new RestError(error.message, { statusCode: NOT_FOUND });
  }
}
