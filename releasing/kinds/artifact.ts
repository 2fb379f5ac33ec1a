/** Releases that are an artifact in the image registry and no image: one manifest under the version's tag. */
import { annotationOf, objectOf, parseDocument } from "../../builds/documents.ts";
import { ANNOTATION, MANIFEST } from "../../builds/media-types.ts";
import { registryAccess, whileAsking } from "../../builds/registry-access.ts";
import type { ImageRepository, ResolvedManifest } from "../../builds/registry-client.ts";
import type { BuiltArtifact } from "../../registry/index.ts";
import { SlipwayError } from "../../schemas/problem.ts";
import type { KindContext } from "./types.ts";

export interface ArtifactBlob {
  mediaType: string;
  content: Uint8Array;
  annotations?: Readonly<Record<string, string>>;
}

export interface ArtifactContent {
  /** Asked for where the config says nothing of the kind. */
  artifactType?: string;
  config: ArtifactBlob;
  layers: readonly ArtifactBlob[];
  /** Beside those that every release has. */
  annotations?: Readonly<Record<string, string>>;
}

export interface PushedArtifact {
  manifest: ResolvedManifest;
  /** Whether it was there, and not pushed now. */
  found: boolean;
}

/**
 * What stands under the version's tag. It is pushed as the last thing, so that with it all is there.
 *
 * @param type artifact type, or media type of the config where there is none
 * @returns undefined when there is no such tag
 * @throws SlipwayError `version-taken` when it was not made from the release's commit;
 *   `registry-unreachable`
 */
export async function findArtifact(
  context: KindContext,
  type: string,
): Promise<ResolvedManifest | undefined> {
  const repository = await openRepository(context);
  const found = await whileAsking(context.registry, "read", () =>
    repository.resolve(context.version),
  );
  if (found !== undefined) checkIdentity(context, type, found);
  return found;
}

/**
 * What stands under the version's tag, or else what is made and pushed now.
 *
 * @param make what is pushed
 * @throws SlipwayError as `findArtifact`, `pushArtifact` and `make`
 */
export async function findOrPush(
  context: KindContext,
  type: string,
  make: (context: KindContext) => Promise<ArtifactContent>,
): Promise<PushedArtifact> {
  const there = await findArtifact(context, type);
  if (there !== undefined) return { manifest: there, found: true };
  const content = await make(context);
  context.note(`pushing ${context.registry}/${context.component.image}:${context.version}`);
  return pushArtifact(context, content);
}

/**
 * Pushes blobs, then the manifest with the version's tag. Where another machine was faster, what
 * that one pushed is the release: a build need not give the same bytes twice.
 *
 * @throws SlipwayError `registry-unreachable`; what was pushed by then has no tag
 */
export async function pushArtifact(
  context: KindContext,
  { artifactType, config, layers, annotations = {} }: ArtifactContent,
): Promise<PushedArtifact> {
  const repository = await openRepository(context);
  const identity = await identityOf(context);
  return whileAsking(context.registry, "written", async () => {
    const push = async ({ content, mediaType, annotations: own }: ArtifactBlob) => ({
      ...(await repository.pushBlob(content, mediaType)),
      ...(own === undefined ? {} : { annotations: own }),
    });
    const manifest = {
      schemaVersion: 2,
      mediaType: MANIFEST,
      ...(artifactType === undefined ? {} : { artifactType }),
      config: await push(config),
      layers: [] as object[],
      annotations: sorted({ ...annotations, ...identity }),
    };
    for (const layer of layers) manifest.layers.push(await push(layer));
    const there = await findArtifact(context, artifactType ?? config.mediaType);
    if (there !== undefined) return { manifest: there, found: true };
    const content = Buffer.from(JSON.stringify(manifest));
    const options = { mediaType: MANIFEST, tag: context.version };
    return { manifest: await repository.pushManifest(content, options), found: false };
  });
}

export function artifactOf(
  { registry }: KindContext,
  { digest, size, mediaType }: Pick<ResolvedManifest, "digest" | "size" | "mediaType">,
): BuiltArtifact {
  return { registry, digest, size, mediaType };
}

/** When the commit was made, which everything in an artifact is dated with: whole seconds since the epoch. */
export async function commitTime(context: KindContext): Promise<number> {
  const { component, version, source, tag } = context;
  const commit = await source.commit(tag.commit);
  if (commit === undefined) {
    throw new SlipwayError({
      code: "commit-unreachable",
      message: `${component.name}@${version}: found no commit ${tag.commit} in ${source.repository.url}, expected that of the tag ${tag.name}; push it there again: git push <url> ${tag.commit}:refs/heads/<branch>`,
    });
  }
  return Math.floor(Date.parse(commit.committedAt) / 1000);
}

async function identityOf(context: KindContext): Promise<Record<string, string>> {
  const { component, version, tag } = context;
  const created = new Date((await commitTime(context)) * 1000).toISOString();
  return {
    [ANNOTATION.created]: created.replace(".000Z", "Z"),
    [ANNOTATION.revision]: tag.commit,
    [ANNOTATION.source]: component.repository.url,
    [ANNOTATION.title]: component.name,
    [ANNOTATION.version]: version,
  };
}

function checkIdentity(context: KindContext, type: string, found: ResolvedManifest): void {
  const { component, version, tag, registry } = context;
  const document = parseDocument(found.content);
  const expected = new Map<string, [unknown, string]>([
    ["its type", [document.artifactType ?? objectOf(document.config).mediaType, type]],
    [ANNOTATION.revision, [annotationOf(document, ANNOTATION.revision), tag.commit]],
    [ANNOTATION.version, [annotationOf(document, ANNOTATION.version), version]],
  ]);
  for (const [what, [is, wanted]] of expected) {
    if (is === wanted) continue;
    const said = typeof is === "string" ? is : "(nothing)";
    throw new SlipwayError({
      code: "version-taken",
      message: `${component.name}@${version}: found ${registry}/${component.image}:${version} (${found.digest}), where ${what} is ${said}, expected ${wanted}: something else stands under this release's tag; remove it there, or release a new version`,
    });
  }
}

export function openRepository({
  registry,
  env,
  endpoints,
  component,
}: KindContext): Promise<ImageRepository> {
  return registryAccess(registry, env, endpoints).open(component.image);
}

/** By code unit, so that no locale has a say in a digest. */
function sorted(map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}
