import { stringify } from "yaml";
import type { ComponentBuildPlan } from "../config/plan-types.ts";
import { SlipwayError } from "../schemas/problem.ts";
import { type ImageIdentity, imageLabels, imageTags } from "./image.ts";

/** What a task's file needs of a component. */
export type TaskComponent = Pick<
  ComponentBuildPlan,
  "component" | "image" | "dockerfile" | "platforms" | "buildArgs"
>;

const BUILD_SECONDS = 3000;
const PUSH_SECONDS = 600;
/** For the Task resource: its steps fit in. */
export const TASK_TIMEOUT_SECONDS = BUILD_SECONDS + PUSH_SECONDS;

/** Stands in for a build's own values, which each run brings along. */
const PLACEHOLDERS: ImageIdentity = {
  version: "{{.Values.version}}",
  commit: "{{.Values.commit}}",
  created: "{{.Values.created}}",
  source: "{{.Values.source}}",
  latest: false,
};
const ALIAS = "{{.Values.alias}}";
/** Splits the line, or is read as a quote, an alias or a field before the line is split. */
const UNSAFE = /[\s"'`\\$]|\{\{|\}\}/;

/**
 * The file of a component's ACR Task: one build and one push, for every version alike; what differs
 * comes as values of the run (`runValues` in image.ts), and the source as its context path. Written for ACR's
 * own reading of a build line: no quotes, a space after each flag, the context last and behind a
 * value (AZURE.md, "ACR builds").
 * https://learn.microsoft.com/azure/container-registry/container-registry-tasks-reference-yaml
 *
 * @returns YAML; the Task's EncodedTask step wants it in base64
 * @throws SlipwayError `build-argument` or `catalogue-rule` for what such a line cannot carry
 */
export function taskYaml(component: TaskComponent): string {
  const [version = "", ...commit] = imageTags(PLACEHOLDERS);
  const references = [version, ALIAS, ...commit].map(
    (tag) => `$Registry/${component.image}:${tag}`,
  );
  const words = [
    ...["-f", plain(component, "dockerfile", component.dockerfile)],
    ...references.flatMap((reference) => ["-t", reference]),
    ...pairs(imageLabels(PLACEHOLDERS)).flatMap((pair) => ["--label", pair]),
    ...pairs(component.buildArgs).flatMap((pair) => [
      "--build-arg",
      plain(component, "build_args", pair),
    ]),
    ".",
  ];
  return stringify(
    {
      version: "v1.1.0",
      steps: [
        { id: "build", build: words.join(" "), timeout: BUILD_SECONDS },
        { id: "push", push: references, timeout: PUSH_SECONDS },
      ],
    },
    { lineWidth: 0 },
  );
}

/**
 * The Task's `platform`, which decides where and for what it builds; the line itself does not say
 * so, because docker's classic builder refuses `--platform`.
 *
 * @throws SlipwayError `catalogue-rule` unless there is exactly one
 */
export function taskPlatform(component: TaskComponent): { os: string; architecture: string } {
  const [platform, ...more] = component.platforms;
  const [, os, architecture] =
    /^(linux|windows)\/(amd64|arm64|arm|386)$/.exec(platform ?? "") ?? [];
  if (os === undefined || architecture === undefined || more.length > 0) {
    throw new SlipwayError({
      code: "catalogue-rule",
      message: `${component.component}: platforms: an ACR Task builds for one platform, os/architecture, got ${JSON.stringify(component.platforms)}; leave one, or choose the BuildKit builder in the stack's config`,
    });
  }
  return { os: os === "linux" ? "Linux" : "Windows", architecture };
}

function pairs(map: Readonly<Record<string, string>>): string[] {
  return Object.entries(map).map(([name, value]) => `${name}=${value}`);
}

function plain(component: TaskComponent, path: string, value: string): string {
  if (value !== "" && !UNSAFE.test(value)) return value;
  throw new SlipwayError({
    code: path === "build_args" ? "build-argument" : "catalogue-rule",
    message: `${component.component}: ${path}: ${JSON.stringify(value)} cannot stand in an ACR Task, which splits its line on white space and knows no quotes; write it without white space, quotes, backslash, $ and double braces`,
  });
}
