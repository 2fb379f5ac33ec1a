/** One release of a made-up component, from a real repository. */
import { endpointMapFrom } from "../../../builds/endpoints.ts";
import { type ArtifactKind, type Component, releaseTag } from "../../../registry/index.ts";
import type { KindContext } from "../../../releasing/kinds/index.ts";
import { type Problem, SlipwayError } from "../../../schemas/problem.ts";
import type { Remote } from "../../source/remote.ts";

export const REGISTRY = "slipwaydev.azurecr.io";

export interface ReleaseOptions {
  kind: ArtifactKind;
  version: string;
  commit: string;
  /** Of the component; beside those of a plain one. */
  component?: Partial<Component>;
  env?: Readonly<Record<string, string>>;
  records?: KindContext["records"];
}

export async function contextOf(
  remote: Pick<Remote, "open" | "repository" | "env">,
  {
    kind,
    version,
    commit,
    component: changes = {},
    env: more = {},
    records = new Map(),
  }: ReleaseOptions,
): Promise<KindContext & { notes: string[] }> {
  const component: Component = {
    name: "thing",
    scheme: "semver",
    kind,
    repository: remote.repository,
    path: "thing",
    image: "thing",
    dockerfile: "Dockerfile",
    platforms: ["linux/amd64"],
    buildArgs: {},
    attestations: { sbom: false, provenance: false, signature: false },
    cadence: "as_needed",
    contractTest: [],
    ...changes,
  };
  const env = { ...remote.env, ...more };
  const notes: string[] = [];
  return {
    records,
    component,
    version,
    tag: {
      name: releaseTag(component, version),
      commit,
      annotated: true,
      createdAt: "2026-08-25T10:00:00Z",
    },
    source: await remote.open(),
    registry: REGISTRY,
    endpoints: endpointMapFrom(env),
    env,
    note: (line) => notes.push(line),
    notes,
  };
}

/** What a promise was rejected with. */
export async function problemsOf(work: Promise<unknown>): Promise<readonly Problem[]> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof SlipwayError) return error.problems;
  throw error ?? new Error("nothing was refused");
}
