import type { Document, DocumentPath, Report } from "../schemas/index.ts";
import { buildArgumentProblem } from "./build-arguments.ts";
import type { AppDocument, CatalogueDocument, ComponentDocument } from "./document-types.ts";
import { kindProblems, tagProblems } from "./kind-rules.ts";
import { capsuleRepository } from "./tags.ts";
import { topologyProblems } from "./topology.ts";
import type { App, Catalogue, Component, SourceRepository } from "./types.ts";

/** Path of the catalogue in a checkout. */
export const CATALOGUE_FILE = "releases/catalogue.yaml";

/** Behind `build-`, a name that an ACR Task may have: 5 to 50 characters. */
const MAX_CONTAINER_NAME = 44;

/** A rule that a catalogue breaks, at a path inside it. */
export interface CatalogueProblem {
  code:
    | "catalogue-rule"
    | "unknown-repository"
    | "unknown-component"
    | "unknown-app"
    | "build-argument";
  path: DocumentPath;
  message: string;
}

/**
 * The catalogue as plain values.
 *
 * @returns undefined when something that others build on is wrong; then it was reported
 */
export function catalogueFrom(
  data: CatalogueDocument,
  document: Document,
  report: Report,
): Catalogue | undefined {
  const problems: CatalogueProblem[] = [];
  const repositories = repositoriesFrom(data, problems);
  const components = componentsFrom(data, repositories, problems);
  problems.push(...tagProblems(components));
  const apps = appsFrom(data, components, problems);
  problems.push(...topologyProblems(apps));
  for (const { path, ...problem } of problems) report({ ...document.at(path), ...problem });
  return problems.length === 0 ? { repositories, components, apps } : undefined;
}

function repositoriesFrom(data: CatalogueDocument, problems: CatalogueProblem[]) {
  const repositories = new Map<string, SourceRepository>();
  const owners = new Map<string, string>(Object.keys(data.repositories).map((key) => [key, key]));
  for (const [key, { url, aliases, release_branch: releaseBranch }] of Object.entries(
    data.repositories,
  )) {
    repositories.set(key, { key, url, aliases, releaseBranch });
    for (const [index, alias] of aliases.entries()) {
      const owner = owners.get(alias);
      if (owner !== undefined) {
        problems.push({
          code: "catalogue-rule",
          path: ["repositories", key, "aliases", index],
          message: `found the alias "${alias}", which names the repository ${owner} already, expected each key and alias once; remove one`,
        });
      }
      owners.set(alias, key);
    }
  }
  return repositories;
}

function componentsFrom(
  data: CatalogueDocument,
  repositories: ReadonlyMap<string, SourceRepository>,
  problems: CatalogueProblem[],
) {
  const components = new Map<string, Component>();
  const images = new Map<string, string>();
  for (const [name, component] of Object.entries(data.components)) {
    const at = (...rest: string[]) => ["components", name, ...rest];
    const repository = repositories.get(component.repository);
    if (repository === undefined) {
      problems.push({
        code: "unknown-repository",
        path: at("repository"),
        message: `found the repository "${component.repository}", expected one of ${[...repositories.keys()].join(", ")}; add it under repositories`,
      });
      continue;
    }
    for (const [argument, value] of Object.entries(component.build_args)) {
      const message = buildArgumentProblem(argument, value);
      if (message !== undefined) {
        problems.push({ code: "build-argument", path: at("build_args", argument), message });
      }
    }
    problems.push(...kindProblems(name, component, data.components));
    if (component.kind === "container" && name.length > MAX_CONTAINER_NAME) {
      problems.push({
        code: "catalogue-rule",
        path: at(),
        message: `found a container component of ${name.length} characters, expected at most ${MAX_CONTAINER_NAME}: its ACR Task is called build-${name} and may have 50; choose a shorter name`,
      });
    }
    const made = componentFrom(name, component, repository);
    for (const repository of repositoriesOf(made)) {
      const other = images.get(repository);
      if (other !== undefined) {
        problems.push({
          code: "catalogue-rule",
          path: component.image === undefined ? at() : at("image"),
          message: `found the image "${repository}", which ${other} has already, expected an image of its own; choose another`,
        });
      }
      images.set(repository, name);
    }
    components.set(name, made);
  }
  return components;
}

/** Where its artifacts are in the image registry, and its capsules. */
function repositoriesOf({ image, package: settings }: Component): string[] {
  return settings === undefined ? [image] : [image, capsuleRepository(image)];
}

function componentFrom(
  name: string,
  data: ComponentDocument,
  repository: SourceRepository,
): Component {
  return {
    name,
    scheme: data.scheme,
    kind: data.kind,
    repository,
    path: data.path,
    image: data.image ?? name,
    dockerfile: data.dockerfile,
    platforms: data.platforms,
    buildArgs: data.build_args,
    ...(data.chart !== undefined && { chart: { appVersionOf: data.chart.app_version_of } }),
    ...(data.binaries !== undefined && { binaries: data.binaries }),
    ...(data.package !== undefined && { package: data.package }),
    attestations: data.attestations,
    cadence: data.cadence,
    contractTest: data.contract_test,
  };
}

function appsFrom(
  data: CatalogueDocument,
  components: ReadonlyMap<string, Component>,
  problems: CatalogueProblem[],
) {
  const apps = new Map<string, App>();
  for (const [name, app] of Object.entries(data.apps)) {
    const component = components.get(app.component);
    if (component !== undefined) {
      apps.set(name, appFrom(name, app, component));
    } else if (!Object.hasOwn(data.components, app.component)) {
      problems.push({
        code: "unknown-component",
        path: ["apps", name, "component"],
        message: `found the component "${app.component}", expected one of ${[...components.keys()].join(", ")}; add it under components`,
      });
    }
  }
  for (const [name, { env }] of Object.entries(data.apps)) {
    for (const [variable, value] of Object.entries(env)) {
      if (typeof value === "string" || Object.hasOwn(data.apps, value.url_of)) continue;
      problems.push({
        code: "unknown-app",
        path: ["apps", name, "env", variable, "url_of"],
        message: `found the app "${value.url_of}", expected one of ${Object.keys(data.apps).join(", ")}; correct it`,
      });
    }
  }
  return apps;
}

function appFrom(name: string, data: AppDocument, component: Component): App {
  return {
    name,
    component,
    scope: data.scope,
    ingress: data.ingress,
    resources: data.resources,
    scale: data.scale,
    mounts: data.mounts,
    env: Object.fromEntries(
      Object.entries(data.env).map(([variable, value]) => [
        variable,
        typeof value === "string" ? { value } : { urlOf: value.url_of },
      ]),
    ),
    clonesCustomerRepository: data.clones_customer_repository,
  };
}
