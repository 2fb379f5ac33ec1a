import { Interrupted } from "../errors.ts";
import type { Note } from "../types.ts";
import type { Engine } from "./process.ts";
import type { OpenStack } from "./stack.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Passes signals on to the engine while work runs: at the first it starts nothing more and writes
 * down what is in flight, every further one asks it to end at once.
 *
 * @param say gets one line per signal
 */
export async function whileInterruptible<T>(
  engine: Engine,
  say: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  let count = 0;
  const pass = () => {
    count += 1;
    say(
      count === 1
        ? "stopping once what is in flight is written down; again ends the engine at once"
        : "ending the engine; the next slipway up settles what it leaves",
    );
    engine.signal(count > 2 ? "SIGKILL" : "SIGINT");
  };
  for (const signal of SIGNALS) process.on(signal, pass);
  try {
    return await work();
  } finally {
    for (const signal of SIGNALS) process.off(signal, pass);
  }
}

/**
 * Work with a stack's engine that a signal ends. The engine has a process group of its own, so that
 * without this it would go on when the terminal's Ctrl-C has ended everything else.
 *
 * @throws Interrupted after a signal, whatever the work came to
 */
export async function unlessInterrupted<T>(
  stack: OpenStack,
  note: Note,
  work: () => Promise<T>,
): Promise<T> {
  let interrupted = false;
  const say = (line: string) => {
    interrupted = true;
    note(`${stack.name}: ${line}`);
  };
  try {
    const result = await whileInterruptible(stack.engine, say, work);
    if (!interrupted) return result;
  } catch (error) {
    if (!interrupted) throw error;
  }
  throw interruptedRun(stack.name);
}

/** What a run is told as that a signal ended. */
export function interruptedRun(stack: string): Interrupted {
  return new Interrupted({
    code: "engine",
    message: `${stack}: interrupted; run the same command again to go on`,
  });
}
