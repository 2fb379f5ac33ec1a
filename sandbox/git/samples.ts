import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { git } from "./git-process.ts";
import { componentPath, type SampleRepository, sampleRepositories } from "./history.ts";

/** A tag of a sample source repository, as a release record names it. */
export interface SampleTag {
  component: string;
  /** Below the git host, without `.git`. */
  repository: string;
  path: string;
  version: string;
  tag: string;
  /** 40 hex digits; the commit, not the tag object. */
  commit: string;
  /** `YYYY-MM-DD`, of the tag, in UTC. */
  date: string;
}

/** The host that sample repositories pretend to be on; also the folder they lie in (S-4). */
export const SAMPLE_HOST = "git.example.com";

/**
 * Writes the sample repositories that are not there yet. What is there stays as it is: people push
 * to it.
 * @param projectRoot the folder that the git host serves
 */
export async function ensureSampleRepositories(projectRoot: string): Promise<void> {
  for (const repository of await sampleRepositories()) {
    const directory = join(projectRoot, SAMPLE_HOST, `${repository.path}.git`);
    if (existsSync(directory)) continue;
    await mkdir(dirname(directory), { recursive: true });
    const unfinished = await mkdtemp(join(projectRoot, "unfinished-"));
    try {
      await writeRepository(unfinished, repository);
      await rename(unfinished, directory);
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      if (!existsSync(directory)) throw error;
    }
  }
}

/** The tags of the sample source repositories under `projectRoot`, sorted by component and date. */
export async function listSampleTags(projectRoot: string): Promise<SampleTag[]> {
  const tags: SampleTag[] = [];
  for (const { path: repository } of await sampleRepositories()) {
    const directory = join(projectRoot, SAMPLE_HOST, `${repository}.git`);
    const format = "%(refname:strip=2)%09%(*objectname)%09%(taggerdate:format:%Y-%m-%d)";
    const args = ["-C", directory, "for-each-ref", "--sort=taggerdate", `--format=${format}`];
    const listing = await git([...args, "refs/tags"]);
    for (const line of listing.split("\n").filter((text) => text !== "")) {
      const [tag = "", commit = "", date = ""] = line.split("\t");
      const [component = "", version = ""] = tag.split("/v");
      const path = componentPath(component);
      tags.push({ component, repository, path, version, tag, commit, date });
    }
  }
  return tags.sort((a, b) => compare(a.component, b.component) || compare(a.date, b.date));
}

/** Ports a history into a bare repository, through git's own import format. */
async function writeRepository(directory: string, repository: SampleRepository): Promise<void> {
  const branch = `--initial-branch=${repository.branch}`;
  await git([
    "init",
    "--quiet",
    "--bare",
    "--object-format=sha1",
    "--template=",
    branch,
    directory,
  ]);
  const stream = importStream(repository);
  await git(["-C", directory, "fast-import", "--quiet", "--date-format=raw"], stream);
}

function importStream({ branch, commits }: SampleRepository): string {
  const lines: string[] = [];
  commits.forEach((commit, index) => {
    const stamp = `${commit.author} ${commit.time} +0000`;
    lines.push(`commit refs/heads/${branch}`, `mark :${index + 1}`);
    lines.push(`author ${stamp}`, `committer ${stamp}`, data(`${commit.message}\n`));
    for (const { path, content } of commit.files) {
      lines.push(`M 100644 inline ${path}`, data(content));
    }
    if (commit.tag !== undefined) {
      lines.push(`tag ${commit.tag.name}`, `from :${index + 1}`, `tagger ${stamp}`);
      lines.push(data(`${commit.tag.message}\n`));
    }
  });
  return `${lines.join("\n")}\n`;
}

function data(content: string): string {
  return `data ${Buffer.byteLength(content)}\n${content}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
