/** Shows how far large layers are: a live line on a terminal, a line at both ends elsewhere. */
import { writeSync } from "node:fs";
import { Listr, ListrLogger, ProcessOutput } from "listr2";
import { onExit } from "signal-exit";
import type { Note } from "../types.ts";

export interface Transfer {
  /** @param bytes so far, of `size` */
  progress(digest: string, bytes: number, size: number): void;
  /** Leaves the terminal as it was. */
  stop(): Promise<void>;
}

/** What is smaller is over before it could be read. */
const LARGE_BYTES = 1024 * 1024;
const SHOWN = "sha256:".length + 12;
const CURSOR_SHOW = "\u001b[?25h";

/** @param verb e.g. `pushing` */
export function createTransfer(verb: string, note: Note): Transfer {
  const isLive = process.stderr.isTTY === true && process.env.TERM !== "dumb";
  return isLive ? liveTransfer(verb) : plainTransfer(verb, note);
}

/** `80.1 MB` */
export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

export function plainTransfer(verb: string, note: Note): Transfer {
  const begun = new Set<string>();
  return {
    progress(digest, bytes, size) {
      if (size < LARGE_BYTES) return;
      const layer = digest.slice(0, SHOWN);
      if (!begun.has(digest)) note(`${verb} ${layer}: ${megabytes(size)}`);
      begun.add(digest);
      if (bytes >= size) note(`${verb} ${layer}: done`);
    },
    stop: async () => {},
  };
}

function liveTransfer(verb: string): Transfer {
  let end: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  let show: (title: string) => void = () => {};
  const logger = new ListrLogger({
    processOutput: new ProcessOutput(process.stderr, process.stderr),
  });
  const list = new Listr(
    [
      {
        title: verb,
        task: (_context, task) => {
          show = (title) => {
            task.title = title;
          };
          return ended;
        },
      },
    ],
    { rendererOptions: { logger }, registerSignalListeners: false },
  );
  const run = list.run();
  // The list hides the cursor, and holds back what is written to the stream.
  const forget = onExit(() => {
    try {
      writeSync(process.stderr.fd, CURSOR_SHOW);
    } catch {
      // A terminal that has hung up has no cursor.
    }
  });
  return {
    progress(digest, bytes, size) {
      if (size < LARGE_BYTES) return;
      show(`${verb} ${digest.slice(0, SHOWN)}: ${megabytes(bytes)} of ${megabytes(size)}`);
    },
    async stop() {
      end();
      await run;
      forget();
    },
  };
}
