import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

/** One commit of a sample repository: what it writes, and the tag it gets. */
export interface SampleCommit {
  /** Seconds since 1970; author, committer and tagger alike. */
  time: number;
  /** `Name <address>` */
  author: string;
  message: string;
  files: { path: string; content: string }[];
  tag?: { name: string; message: string };
}

export interface SampleRepository {
  /** Below the git host, without `.git`, e.g. `platform/platform`. */
  path: string;
  branch: string;
  commits: SampleCommit[];
}

interface ServiceEntry {
  at: string;
  by: string;
  message: string;
  body?: string;
  /** Adds the component's folder. */
  add?: string;
  /** Adds or changes the component's package. */
  package?: boolean;
  component?: string;
  version?: string;
  tag?: boolean;
}

interface ServiceHistory {
  repository: string;
  branch: string;
  readme: string;
  people: Record<string, string>;
  commits: ServiceEntry[];
}

interface CustomerHistory {
  repository: string;
  branch: string;
  people: Record<string, string>;
  customers: Record<string, string>;
  commits: { at: string; by: string; files: string[]; message: string }[];
}

interface ToolkitHistory {
  repository: string;
  branch: string;
  people: Record<string, string>;
  commits: { at: string; by: string; folder: string; message: string }[];
}

const SAMPLES = fileURLToPath(new URL("../samples/", import.meta.url));

/** Folder of a component inside its repository. */
const COMPONENT_PATHS: Record<string, string> = {
  "aurora-webapp": "services/aurora-webapp",
  "orbit-webapp": "services/orbit-webapp",
  "maxq-orbit-agent": "services/maxq-orbit-agent",
  "maxq-orbit-agent-webapp": "services/maxq-orbit-agent-webapp",
  "registry-service": "service",
  "orbit-chart": "charts/orbit-chart",
  trajectory: "go/trajectory",
  maxqctl: "tools/maxqctl",
};

/**
 * The sample repositories, as the files under `sandbox/samples` describe them. The same files give
 * the same commits, so sample release records can name them.
 */
export async function sampleRepositories(): Promise<SampleRepository[]> {
  return [
    await serviceRepository("history/platform.yaml"),
    await serviceRepository("history/registry-service.yaml"),
    await toolkitRepository(),
    ...(await customerRepositories()),
  ];
}

/**
 * @returns the folder of the component inside its repository
 * @throws for a component that has no sample source
 */
export function componentPath(component: string): string {
  const path = COMPONENT_PATHS[component];
  if (path === undefined) throw new Error(`no sample source for component ${component}`);
  return path;
}

async function serviceRepository(file: string): Promise<SampleRepository> {
  const history = parse(await sample(file)) as ServiceHistory;
  const changes = new Map<string, { at: string; message: string }[]>();
  const commits: SampleCommit[] = [];
  for (const entry of history.commits) {
    const component = entry.add ?? entry.component;
    if (component === undefined) throw new Error(`${file}: "${entry.message}" names no component`);
    const log = changes.get(component) ?? [];
    changes.set(component, log);
    if (entry.version === undefined) log.push({ at: entry.at, message: entry.message });
    const files =
      entry.version === undefined
        ? [{ name: "changes.json", content: `${JSON.stringify(log, null, 2)}\n` }]
        : [{ name: "package.json", content: await packageJson(component, entry.version) }];
    if (entry.add !== undefined) files.push(...(await componentFiles(component)));
    if (entry.package === true) files.push(...(await packageFiles(component)));
    const written = files.map(({ name, content }) => ({
      path: `${componentPath(component)}/${name}`,
      content,
    }));
    if (commits.length === 0) written.push({ path: "README.md", content: history.readme });
    commits.push({
      time: seconds(entry.at),
      author: person(history.people, entry.by, file),
      message: entry.body === undefined ? entry.message : `${entry.message}\n\n${entry.body}`,
      files: written,
      ...(entry.tag && entry.version !== undefined
        ? {
            tag: {
              name: `${component}/v${entry.version}`,
              message: `${component} ${entry.version}`,
            },
          }
        : {}),
    });
  }
  return { path: history.repository, branch: history.branch, commits };
}

async function customerRepositories(): Promise<SampleRepository[]> {
  const file = "history/customers.yaml";
  const history = parse(await sample(file)) as CustomerHistory;
  const repositories: SampleRepository[] = [];
  for (const [name, title] of Object.entries(history.customers)) {
    const fill = (text: string) => text.replaceAll("{{name}}", name).replaceAll("{{title}}", title);
    const commits: SampleCommit[] = [];
    for (const entry of history.commits) {
      const files = [];
      for (const path of entry.files) {
        files.push({ path, content: fill(await sample(`customer/${path}`)) });
      }
      commits.push({
        time: seconds(entry.at),
        author: person(history.people, entry.by, file),
        message: fill(entry.message),
        files,
      });
    }
    repositories.push({ path: fill(history.repository), branch: history.branch, commits });
  }
  return repositories;
}

async function toolkitRepository(): Promise<SampleRepository> {
  const file = "history/toolkit.yaml";
  const history = parse(await sample(file)) as ToolkitHistory;
  const commits: SampleCommit[] = [];
  for (const entry of history.commits) {
    const files = [];
    for (const path of await filesBelow(`toolkit/${entry.folder}`)) {
      files.push({ path, content: await sample(`toolkit/${entry.folder}/${path}`) });
    }
    commits.push({
      time: seconds(entry.at),
      author: person(history.people, entry.by, file),
      message: entry.message,
      files,
    });
  }
  return { path: history.repository, branch: history.branch, commits };
}

/** Paths relative to the folder, with `/`, sorted by code unit. */
async function filesBelow(folder: string): Promise<string[]> {
  const root = join(SAMPLES, folder);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

/** All files of a component but `changes.json`; a file of its own goes before the common one. */
async function componentFiles(component: string): Promise<{ name: string; content: string }[]> {
  const dockerfile = await sample(`services/${component}/Dockerfile`).catch(() =>
    sample("service/Dockerfile"),
  );
  return [
    { name: "Dockerfile", content: dockerfile },
    { name: "README.md", content: await sample(`services/${component}/README.md`) },
    { name: "package.json", content: await packageJson(component, "0.0.0") },
    { name: "server.mjs", content: await sample("service/server.mjs") },
  ];
}

/** The package of a component, in the folder that the catalogue names. */
async function packageFiles(component: string): Promise<{ name: string; content: string }[]> {
  const folder = `packages/${component}`;
  const paths = await filesBelow(folder);
  return Promise.all(
    paths.map(async (path) => ({
      name: `deploy/${path}`,
      content: await sample(`${folder}/${path}`),
    })),
  );
}

async function packageJson(component: string, version: string): Promise<string> {
  const text = await sample(`services/${component}/package.json`);
  return text.replace('"version": "0.0.0"', `"version": "${version}"`);
}

/** Read with `\n` line ends whatever git's autocrlf made of the checkout. */
async function sample(name: string): Promise<string> {
  return (await readFile(`${SAMPLES}${name}`, "utf8")).replaceAll("\r\n", "\n");
}

function seconds(at: string): number {
  const time = Date.parse(at);
  if (Number.isNaN(time)) throw new Error(`not a time: ${at}`);
  return time / 1000;
}

function person(people: Record<string, string>, key: string, file: string): string {
  const found = people[key];
  if (found === undefined) throw new Error(`${file}: unknown person ${key}`);
  return found;
}
