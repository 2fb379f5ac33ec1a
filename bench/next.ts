/** `slipway next`'s work in a large repository, against plain `git log` of the component's folder. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { git } from "../sandbox/git/git-process.ts";
import { SOURCE_TOKEN, startGitHost } from "../sandbox/git/host.ts";
import { type Command, compare, printComparison } from "./measure.ts";

const root = path.resolve(import.meta.dirname, "..");
const COMMITS = 20_000;
const TAGS = 2_000;
const HOST = "git.example.com";
const MONTH = 30 * 24 * 3600;
const START = Date.parse("2020-01-01T00:00:00Z") / 1000;

export async function benchNext(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "slipway-bench-"));
  const bare = path.join(folder, HOST, "team/source.git");
  await mkdir(path.dirname(bare), { recursive: true });
  await git(["init", "--quiet", "--bare", "--initial-branch=main", bare]);
  await git([`--git-dir=${bare}`, "fast-import", "--quiet", "--date-format=raw"], history());
  const host = await startGitHost({ projectRoot: folder, port: 0 });
  try {
    const endpoints = { [`https://${HOST}/`]: `http://127.0.0.1:${host.port}/${HOST}/` };
    const env = {
      ...process.env,
      SLIPWAY_TOOLS: path.join(folder, "cache"),
      SLIPWAY_ENDPOINTS: JSON.stringify(endpoints),
      SOURCE_TOKEN,
    };
    const log: Command = {
      label: "git log -- app",
      file: "git",
      args: [`--git-dir=${bare}`, "log", "main", "--", "app"],
    };
    for (const [component, what] of [
      ["app", "a component with all of the tags"],
      ["new", "a component without a tag"],
    ] as const) {
      const next: Command = {
        label: `next version of ${component}`,
        file: process.execPath,
        args: ["--import", "tsx", path.join(root, "bench/programs/next.ts"), component],
        cwd: root,
        env,
      };
      const title = `${COMMITS} commits and ${TAGS} tags: ${what}`;
      printComparison(title, next, log, await compare(next, log, 5));
    }
  } finally {
    await host.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Every commit is the component's; a tag comes every so often, none after the last commits. */
function history(): string {
  const every = COMMITS / TAGS;
  const lines: string[] = [];
  for (let i = 0; i < COMMITS; i++) {
    const stamp = `A <a@example.com> ${START + Math.floor((i * 60 * MONTH) / COMMITS)} +0000`;
    const message = `${i % 3 === 0 ? "feat" : "fix"}(part-${i % 7}): change number ${i}\n\nWhy it was changed, in a line or two of prose that is as long as\nsuch lines are, and closes #${i}.\n`;
    lines.push("commit refs/heads/main", `mark :${i + 1}`, `committer ${stamp}`, data(message));
    lines.push(`M 100644 inline app/${i % 100}/file-${i % 13}`, data(`${i}\n`));
    if (i % every !== 0) continue;
    const tag = `app/v1.${i / every}.0`;
    lines.push(`tag ${tag}`, `from :${i + 1}`, `tagger ${stamp}`, data(`${tag}\n`));
  }
  return `${lines.join("\n")}\n`;
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`;
}
