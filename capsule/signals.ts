import { setImmediate } from "node:timers/promises";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Calls `listen` at signals that would end the process; returns what ends that. */
export function onEndingSignal(listen: (signal: NodeJS.Signals) => void): () => void {
  for (const signal of SIGNALS) process.on(signal, listen);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listen);
  };
}

/**
 * Work that tidies up when a signal stops it. Then the process ends as if nobody had listened; a
 * second signal does not wait for that, and one Ctrl-C can be two, as npm passes it on.
 *
 * @param work is to end soon after `stop` is aborted
 * @param tidy leaves nothing of the work, at once
 */
export async function untilSignal<T>(
  work: (stop: AbortSignal) => Promise<T>,
  tidy: () => void = () => {},
): Promise<T> {
  const controller = new AbortController();
  let caught: NodeJS.Signals | undefined;
  // It goes on listening: libraries that do, too, end the process once nobody else does.
  const unlisten = onEndingSignal((signal) => {
    if (caught !== undefined) {
      try {
        tidy();
      } catch {
        // The process ends by its signal all the same.
      }
      end(signal);
    }
    caught = signal;
    controller.abort();
  });
  const end = (signal: NodeJS.Signals): void => {
    unlisten();
    process.kill(process.pid, signal);
  };
  try {
    return await work(controller.signal);
  } finally {
    unlisten();
    if (caught !== undefined) {
      end(caught);
      // Where others listen, they hear of it once the event loop has come round.
      await setImmediate();
      await setImmediate();
    }
  }
}
