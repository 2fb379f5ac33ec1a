const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Calls `end` at the first signal that would end the process; returns what takes it back. */
export function onEndingSignal(end: (signal: NodeJS.Signals) => void): () => void {
  const listen = (signal: NodeJS.Signals): void => {
    unlisten();
    end(signal);
  };
  const unlisten = (): void => {
    for (const signal of SIGNALS) process.off(signal, listen);
  };
  for (const signal of SIGNALS) process.on(signal, listen);
  return unlisten;
}

/**
 * Work that tidies up when a signal stops it. Then the process ends as if nobody had listened; a
 * second signal does not wait for that.
 *
 * @param work is to end soon after `stop` is aborted
 */
export async function untilSignal<T>(work: (stop: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let caught: NodeJS.Signals | undefined;
  const unlisten = onEndingSignal((signal) => {
    caught = signal;
    controller.abort();
  });
  try {
    return await work(controller.signal);
  } finally {
    unlisten();
    if (caught !== undefined) process.kill(process.pid, caught);
  }
}
