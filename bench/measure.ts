/** Runs commands in turn and prints medians and ratios; nothing here judges. */
import { type SpawnOptions, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";

export interface Command {
  label: string;
  file: string;
  args: readonly string[];
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

export interface Sample {
  /** Wall time in seconds. */
  seconds: number;
  /** Largest resident set of any one process below the command, in MiB; 0 where /proc is missing. */
  peakMib: number;
}

export interface Comparison {
  a: Sample[];
  b: Sample[];
}

/** Runs A and B in turn, `runs` times each, after one warm-up of both that is not counted. */
export async function compare(a: Command, b: Command, runs: number): Promise<Comparison> {
  await run(a);
  await run(b);
  const result: Comparison = { a: [], b: [] };
  for (let i = 0; i < runs; i++) {
    result.a.push(await run(a));
    result.b.push(await run(b));
  }
  return result;
}

/** Runs one command to its end. @throws Error with the end of its output when it fails. */
export async function run(command: Command): Promise<Sample> {
  const options: SpawnOptions = {
    stdio: ["ignore", "pipe", "pipe"],
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    env: command.env ?? process.env,
  };
  const start = performance.now();
  const child = spawn(command.file, [...command.args], options);
  const output: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => output.push(chunk));
  let peak = 0;
  const poll = setInterval(() => {
    if (child.pid !== undefined) peak = Math.max(peak, peakBelow(child.pid));
  }, 50);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  }).finally(() => clearInterval(poll));
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0) {
    const tail = Buffer.concat(output).toString("utf8").split("\n").slice(-20).join("\n");
    throw new Error(`${command.label} exited ${code}, expected 0:\n${tail}`);
  }
  return { seconds, peakMib: peak / 1024 };
}

/** Prints one line a command and the ratio of the medians, with the spread of the pairs. */
export function printComparison(title: string, a: Command, b: Command, result: Comparison): void {
  const ratios = result.a.map((sample, i) => sample.seconds / (result.b[i]?.seconds ?? Number.NaN));
  console.log(`\n${title}`);
  for (const [command, samples] of [
    [a, result.a],
    [b, result.b],
  ] as const) {
    const seconds = median(samples.map((s) => s.seconds));
    const peak = Math.max(...samples.map((s) => s.peakMib));
    console.log(
      `  ${command.label.padEnd(44)} ${seconds.toFixed(3)} s  peak ${peak.toFixed(0)} MiB`,
    );
  }
  const low = Math.min(...ratios).toFixed(2);
  const high = Math.max(...ratios).toFixed(2);
  console.log(
    `  ratio ${median(ratios).toFixed(2)} (pairs ${low} to ${high}, n = ${ratios.length})`,
  );
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Largest VmHWM, in KiB, of a process and its descendants. */
function peakBelow(root: number): number {
  const children = new Map<number, number[]>();
  let entries: string[];
  try {
    entries = readdirSync("/proc");
  } catch {
    return 0;
  }
  for (const entry of entries) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    const parent = Number(/\) \S (\d+)/.exec(readProc(pid, "stat"))?.[1] ?? Number.NaN);
    const list = children.get(parent);
    if (list === undefined) children.set(parent, [pid]);
    else list.push(pid);
  }
  let peak = 0;
  const queue = [root];
  for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
    peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(readProc(pid, "status"))?.[1] ?? 0));
    queue.push(...(children.get(pid) ?? []));
  }
  return peak;
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return ""; // the process ended meanwhile
  }
}
