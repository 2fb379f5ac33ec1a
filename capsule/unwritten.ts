import { getSystemErrorMap } from "node:util";
import { SlipwayError } from "../schemas/problem.ts";

/** What the file system refuses is the user's to mend: `file-unwritten`. All else stays what it is. */
export function unwritten(path: string, error: unknown, next: string): unknown {
  if (!(error instanceof Error && "errno" in error && typeof error.errno === "number")) {
    return error;
  }
  const [code, why] = getSystemErrorMap().get(error.errno) ?? [String(error.errno), "unknown"];
  return new SlipwayError(
    {
      code: "file-unwritten",
      message: `${path} cannot be written: found ${why} (${code}), expected ${next}`,
    },
    { cause: error },
  );
}

/** As `unwritten`, of what is made for the time of a run. */
export function temporaryUnwritten(path: string, error: unknown): unknown {
  const next = "a temporary folder that this user may write to, and room in it";
  return unwritten(path, error, `${next}; mend that, or set TMPDIR to another one`);
}
