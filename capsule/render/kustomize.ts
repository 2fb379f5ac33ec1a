import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ExecaError, execa } from "execa";
import { SlipwayError } from "../../schemas/problem.ts";
import { findTool, onPath } from "../../tools/find.mjs";
import { plain } from "../plain.ts";

export interface Built {
  /** What kustomize printed, byte for byte. */
  yaml: Uint8Array;
  /** Lines that it warned with. */
  warnings: string[];
}

const MAX_BYTES = 256 * 1024 * 1024;
const TIMEOUT_MS = 5 * 60_000;
const NEXT =
  "install kustomize 5, or run `node tools/setup.mjs --for test`, then run the command again";

/**
 * `kustomize build` of a folder whose references were looked at. It gets no plugin, and of the
 * environment nothing: no git, helm or docker to start, no home to find settings in, and a proxy that
 * is none between it and the network.
 *
 * @param root private; holds the folder, and takes what kustomize may write
 * @param folder relative to `root`
 * @throws SlipwayError `tool-missing`, or `render-failed` with what kustomize says
 */
export async function kustomizeBuild(root: string, folder: string): Promise<Built> {
  const home = join(root, "home");
  await mkdir(home, { mode: 0o700 });
  const run = runner(home);
  await checkVersion(run);
  try {
    // The folder is the working one: as an argument, its name could be taken for a repository's.
    const { stdout, stderr } = await run(["build", "."], join(root, folder));
    return { yaml: stdout, warnings: linesOf(stderr, root) };
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const said = linesOf(error.stderr, root).map((line) => line.replace(/^Error: /, ""));
    throw new SlipwayError({
      code: "render-failed",
      message: `found ${folder}, expected what kustomize builds; it says: ${said.join("; ") || error.shortMessage}`,
    });
  }
}

type Run = ReturnType<typeof runner>;

function runner(home: string) {
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
  return (args: readonly string[], cwd: string) =>
    execa(program, args, {
      cwd,
      env,
      extendEnv: false,
      stdin: "ignore",
      encoding: "buffer",
      stripFinalNewline: false,
      maxBuffer: MAX_BYTES,
      timeout: TIMEOUT_MS,
    });
}

function pick(...names: readonly string[]): Record<string, string> {
  const entries = names.map((name) => [name, process.env[name] ?? ""]);
  return Object.fromEntries(entries.filter(([, value]) => value !== ""));
}

/** Another major renders otherwise. */
async function checkVersion(run: Run): Promise<void> {
  const { stdout } = await run(["version"], ".").catch((error: unknown) => {
    if (error instanceof ExecaError) return { stdout: Buffer.from(error.shortMessage) };
    throw error;
  });
  const said = Buffer.from(stdout).toString("utf8").trim();
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
