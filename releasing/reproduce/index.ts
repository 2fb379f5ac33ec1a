/** Building a release again, to see whether its source still makes what was released. */
import type { EndpointMap } from "../../builds/endpoints.ts";
import { withScratch } from "../../builds/scratch.ts";
import { checkTags } from "../../builds/tags.ts";
import { buildPlanOf } from "../../config/index.ts";
import type {
  ArtifactReference,
  Component,
  ReleaseRecord,
  ReleaseRegistry,
} from "../../registry/index.ts";
import { type Problem, SlipwayError } from "../../schemas/problem.ts";
import { openSource } from "../../source/index.ts";
import type { ArtifactContent } from "../kinds/artifact.ts";
import { type KindContext, kindBuilder } from "../kinds/index.ts";
import { compareContents, type Difference } from "./compare.ts";
import type { Content } from "./content.ts";
import { buildImage } from "./image-build.ts";
import { artifactContent, contentsOf } from "./manifest.ts";
import { type Recorded, readRecorded } from "./recorded.ts";

export type { Difference } from "./compare.ts";
export type { FileFacts } from "./content.ts";

export interface ReproduceRequest {
  /** Of every component, as the checkout has them. */
  records: ReleaseRegistry["records"];
  component: Component;
  record: ReleaseRecord;
  /** Of the component's source repository. */
  token: string | undefined;
  endpoints: EndpointMap;
  /** `BUILDKIT_HOST` for images; git's own settings. */
  env: Readonly<Record<string, string | undefined>>;
  note(line: string): void;
}

export interface Reproduction {
  /** Digest (`sha256:<hex>`) or sum (`h1:<base64>`) that the record has. */
  recorded: string;
  /** Of what was built now; of an artifact other than an image there is none without its push. */
  rebuilt?: string;
  /** In what is inside; none where the release could be reproduced. */
  differences: Difference[];
}

/**
 * Builds a release again from the commit that its tag still stands at, pushes nothing, and compares
 * what is inside with what the registry serves, or of a Go module the sum with the record's.
 *
 * @throws SlipwayError `record-pending`, `record-not-deployable`, `tag-moved`, `tag-missing`,
 *   `image-missing`, `digest-changed`, `registry-unreachable`, `build-failed`, `tool-missing`, ...
 */
export async function reproduce(request: ReproduceRequest): Promise<Reproduction> {
  const { record, env } = request;
  refuseUnbuilt(record);
  await checkTag(request);
  if (record.module !== undefined) return reproduceModule(request);
  const recorded = await readRecorded(record, env, request.endpoints);
  return record.target === "container"
    ? reproduceImage(request, recorded)
    : reproduceArtifact(request, recorded);
}

async function reproduceImage(
  { component, record, token, endpoints, env, note }: ReproduceRequest,
  recorded: Recorded,
): Promise<Reproduction> {
  const build = buildPlanOf(component, record, false);
  return withScratch(`reproduce-${component.name}`, async (folder) => {
    const platforms = recorded.contents.flatMap(({ platform }) => platform ?? []);
    note(`building ${build.release} again from ${build.context}`);
    const context = endpoints.mapGitUrl(build.context);
    const image = await buildImage({ component, build, context, token, platforms, folder, env });
    const contents = await contentsOf(image.store, image.digest);
    return compared(recorded, contents, image.digest);
  });
}

async function reproduceArtifact(
  request: ReproduceRequest,
  recorded: Recorded,
): Promise<Reproduction> {
  const { component, record, note } = request;
  const context = await kindContext(request, record.artifact);
  note(`building ${component.name}@${record.version} again from ${record.source.commit}`);
  const content = await contentOfKind(context);
  return compared(recorded, [artifactContent(content)]);
}

async function reproduceModule(request: ReproduceRequest): Promise<Reproduction> {
  const { moduleAt } = await import("../kinds/go-module.ts");
  const { module } = request.record;
  const found = await moduleAt(await kindContext(request, undefined));
  const differences = (["path", "sum"] as const).flatMap((name): Difference[] =>
    found[name] === module?.[name]
      ? []
      : [{ path: `module.${name}`, recorded: module?.[name], rebuilt: found[name] }],
  );
  return { recorded: module?.sum ?? "", rebuilt: found.sum, differences };
}

async function compared(
  { digest, contents }: Recorded,
  rebuilt: readonly Content[],
  rebuiltDigest?: string,
): Promise<Reproduction> {
  return {
    recorded: digest,
    ...(rebuiltDigest === undefined ? {} : { rebuilt: rebuiltDigest }),
    differences: await compareContents(contents, rebuilt),
  };
}

async function contentOfKind(context: KindContext): Promise<ArtifactContent> {
  const builder = await kindBuilder(context.component.kind, () => {
    throw new Error("a container is built otherwise");
  });
  if (builder.content !== undefined) return builder.content(context);
  throw new Error(`releases of the kind ${context.component.kind} are not built again yet`);
}

async function kindContext(
  { records, component, record, token, endpoints, env, note }: ReproduceRequest,
  artifact: ArtifactReference | undefined,
): Promise<KindContext> {
  const { version, releasedAt } = record;
  const { tag: name, commit } = record.source;
  const source = await openSource(component.repository, { env, token, note });
  const registry = artifact?.registry ?? "";
  const tag = { name, commit, annotated: true, createdAt: `${releasedAt}T00:00:00Z` };
  return { records, component, version, tag, source, registry, endpoints, note, env };
}

function refuseUnbuilt({ component, version, file, status }: ReleaseRecord): void {
  if (status === "recorded") return;
  throw new SlipwayError(
    status === "pending"
      ? {
          code: "record-pending",
          file,
          message: `found ${component} ${version}, which is not built yet, expected a release with a digest; build it with: slipway release ${component}@${version}`,
        }
      : {
          code: "record-not-deployable",
          file,
          message: `found ${component} ${version}, which is history and is never built again; choose a later release`,
        },
  );
}

async function checkTag({ component, record, token, env }: ReproduceRequest): Promise<void> {
  const { key, url } = component.repository;
  const { tag, commit } = record.source;
  const problems: Problem[] = await checkTags(
    [{ url, repository: key, tag, commit, file: record.file }],
    { env, ...(token === undefined ? {} : { tokens: { [key]: token } }) },
  );
  if (problems.length > 0) throw new SlipwayError(problems);
}
