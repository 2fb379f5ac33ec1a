/** Shows how far an update is: a few live lines on a terminal, a line per milestone elsewhere. */
import { Listr, ListrLogger, type ListrTaskWrapper, ProcessOutput } from "listr2";
import { type Milestone, PARTS, type Part, type PartCount } from "../engine/progress.ts";
import type { Note } from "../types.ts";

export interface Display {
  start(): void;
  milestone(milestone: Milestone): void;
  /** After every event. */
  refresh(count: (part: Part) => PartCount): void;
  say(line: string): void;
  /** Leaves the terminal as it was. */
  stop(): Promise<void>;
}

/** Names in work that fit on a line. */
const NAMES_SHOWN = 4;

/** @param note prints a line on stderr */
export function createDisplay(stack: string, note: Note): Display {
  const isLive = process.stderr.isTTY === true && process.env.TERM !== "dumb";
  return isLive ? liveDisplay(stack) : plainDisplay(stack, note);
}

/** The line that a milestone is worth; undefined for none. */
export function milestoneLine(milestone: Milestone): string | undefined {
  const { kind, part, what } = milestone;
  const noun = { builds: "build", cells: "cell", solutions: "solution", "shared apps": "app" }[
    part
  ];
  if (kind === "failed") return `${noun} ${what}: failed`;
  if (kind === "started") return part === "builds" ? `${noun} ${what}: begun` : undefined;
  const seconds = (milestone.milliseconds / 1000).toFixed(1);
  const did = part === "builds" ? "done" : milestone.changes;
  return `${noun} ${what}: ${did} (${seconds} s)`;
}

function plainDisplay(stack: string, note: Note): Display {
  return {
    start: () => note(`${stack}: updating`),
    milestone(milestone) {
      const line = milestoneLine(milestone);
      if (line !== undefined) note(`${stack}: ${line}`);
    },
    refresh: () => {},
    say: (line) => note(`${stack}: ${line}`),
    stop: async () => {},
  };
}

function liveDisplay(stack: string): Display {
  const tasks = new Map<Part, ListrTaskWrapper<unknown, never, never>>();
  const working = new Map<Part, Set<string>>(PARTS.map((part) => [part, new Set()]));
  let end: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const logger = new ListrLogger({
    processOutput: new ProcessOutput(process.stderr, process.stderr),
  });
  const list = new Listr(
    PARTS.map((part) => ({
      title: part,
      task: (_context: unknown, task: unknown) => {
        tasks.set(part, task as ListrTaskWrapper<unknown, never, never>);
        return ended;
      },
    })),
    { concurrent: true, rendererOptions: { logger }, registerSignalListeners: false },
  );
  let run: Promise<unknown> = Promise.resolve();
  return {
    start() {
      process.stderr.write(`${stack}: updating\n`);
      run = list.run();
    },
    milestone({ part, kind, what }) {
      if (kind === "started") working.get(part)?.add(what);
      else working.get(part)?.delete(what);
    },
    refresh(count) {
      for (const [part, task] of tasks) {
        const { done, total } = count(part);
        task.title = `${part} ${done}/${total}${names([...(working.get(part) ?? [])])}`;
      }
    },
    say(line) {
      const task = tasks.get("solutions");
      if (task !== undefined) task.output = line;
    },
    async stop() {
      end();
      await run;
    },
  };
}

function names(working: readonly string[]): string {
  if (working.length === 0) return "";
  const more = working.length > NAMES_SHOWN ? `, and ${working.length - NAMES_SHOWN} more` : "";
  return `: ${working.slice(0, NAMES_SHOWN).join(", ")}${more}`;
}
