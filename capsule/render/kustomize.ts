import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { execa, type Options } from "execa";
import { SlipwayError } from "../../schemas/problem.ts";
import { findTool, onPath } from "../../tools/find.mjs";
import { plain } from "../plain.ts";
import { temporaryUnwritten } from "../unwritten.ts";

export interface Built {
  /** What kustomize printed, byte for byte. */
  yaml: Uint8Array;
  /** Lines that it warned with. */
  warnings: string[];
}

/** More than a cluster takes by far, and little enough for two to be compared and told of as JSON. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Of warnings, or of what is wrong. */
const MAX_SAID_BYTES = 1024 * 1024;
const TIMEOUT_MS = 5 * 60_000;
const NEXT =
  "install kustomize 5, or run `node tools/setup.mjs --for test`, then run the command again";

/**
 * `kustomize build` of a folder whose references were looked at. It gets no plugin, and of the
 * environment nothing: no git, helm or docker to start, no home to find settings in, and a proxy that
 * is none between it and other machines. What is on this machine's own addresses Go asks without a
 * proxy; that nothing is fetched from there rests on the look at the references alone.
 *
 * @param root private; holds the folder, and takes what kustomize may write
 * @param folder relative to `root`
 * @throws SlipwayError `tool-missing`, or `render-failed` with what kustomize says
 */
export async function kustomizeBuild(root: string, folder: string): Promise<Built> {
  const home = join(root, "home");
  await mkdir(home, { mode: 0o700 }).catch((error: unknown) => {
    throw temporaryUnwritten(root, error);
  });
  const kustomize = starter(home);
  await checkVersion(kustomize);
  // The folder is the working one: as an argument, its name could be taken for a repository's.
  const child = kustomize(["build", "."], { cwd: join(root, folder), buffer: { stdout: false } });
  const chunks: Buffer[] = [];
  let left = MAX_BYTES;
  // Buffered by execa, it would be part of an error's message, which takes more than Node has.
  child.stdout.on("data", (chunk: Buffer) => {
    left -= chunk.byteLength;
    chunks.push(chunk);
    if (left < 0) child.kill();
  });
  const ended = await child;
  if (left < 0) {
    throw failed(`found ${folder}, expected what kustomize builds to at most ${MAX_BYTES} bytes`);
  }
  const lines = linesOf(ended.stderr, root);
  if (!ended.failed) return { yaml: Buffer.concat(chunks), warnings: lines };
  const said = lines.map((line) => line.replace(/^Error: /, "")).join("; ");
  throw failed(
    `found ${folder}, expected what kustomize builds; it says: ${plain(said) || ended.shortMessage}`,
  );
}

function failed(message: string): SlipwayError {
  return new SlipwayError({ code: "render-failed", message });
}

type Starter = ReturnType<typeof starter>;

function starter(home: string) {
  const program = findTool("kustomize") ?? onPath("kustomize");
  if (program === undefined) {
    throw new SlipwayError({
      code: "tool-missing",
      message: `kustomize is neither set up nor on PATH: ${NEXT}`,
    });
  }
  const nowhere = "http://127.0.0.1:0";
  const env = {
    // Without these two, no program starts on Windows.
    ...pick("SystemRoot", "windir"),
    PATH: home,
    HOME: home,
    TMPDIR: home,
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
  };
  const options = {
    env,
    extendEnv: false,
    stdin: "ignore",
    encoding: "buffer",
    stripFinalNewline: false,
    maxBuffer: MAX_SAID_BYTES,
    timeout: TIMEOUT_MS,
    reject: false,
  } as const;
  return <More extends Options>(args: readonly string[], more: More) =>
    execa(program, args, { ...options, ...more });
}

function pick(...names: readonly string[]): Record<string, string> {
  const entries = names.map((name) => [name, process.env[name] ?? ""]);
  return Object.fromEntries(entries.filter(([, value]) => value !== ""));
}

/** Another major renders otherwise. */
async function checkVersion(kustomize: Starter): Promise<void> {
  const { shortMessage, stdout } = await kustomize(["version"], {});
  const said = shortMessage ?? Buffer.from(stdout).toString("utf8").trim();
  if (/^(?:kustomize\/)?v5\./.test(said)) return;
  throw new SlipwayError({
    code: "tool-missing",
    message: `found kustomize ${JSON.stringify(said)}, expected version 5: ${NEXT}`,
  });
}

/** The private folder is nobody's business, and another each time. */
function linesOf(output: unknown, root: string): string[] {
  return (output instanceof Uint8Array ? Buffer.from(output).toString("utf8") : "")
    .replaceAll(join(root, "/"), "")
    .replaceAll(root, "")
    .split("\n")
    .map((line) => plain(line.trim()))
    .filter((line) => line !== "");
}
