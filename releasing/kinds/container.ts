/** Container images: built by the owner stack's run of the component's task, found by their tags. */
import { findReleaseImage, isVersionTagged } from "../../builds/plugin/release-image.ts";
import { whileAsking, whileReaching } from "../../builds/registry-access.ts";
import type { ImageRepository, ResolvedManifest } from "../../builds/registry-client.ts";
import { artifactOf, openRepository } from "./artifact.ts";
import type { BuiltRelease, KindBuilder, KindContext } from "./types.ts";

/** What the owner stack says of an image once it has run the build. */
export type StackBuild = (release: {
  component: string;
  version: string;
}) => Promise<
  Pick<BuiltRelease, "run" | "found"> & { digest: string; size: number; mediaType: string }
>;

/** @param runBuild brings the release's build about, and nothing else of the stack */
export function containerBuilder(runBuild: StackBuild): KindBuilder {
  return {
    async find(context) {
      const { image, isTagged } = await findImage(context);
      return image && isTagged ? { artifact: artifactOf(context, image) } : undefined;
    },
    async build(context) {
      const { component, version } = context;
      const { image, repository } = await findImage(context);
      // The commit's tag comes last: with it everything is there, and only the other may be lost.
      if (image !== undefined) {
        await whileReaching(context.registry, () => repository.tag(image, version));
        return { artifact: artifactOf(context, image), found: true };
      }
      const { digest, size, mediaType, ...how } = await runBuild({
        component: component.name,
        version,
      });
      return { artifact: artifactOf(context, { digest, size, mediaType }), ...how };
    },
  };
}

async function findImage(context: KindContext): Promise<{
  repository: ImageRepository;
  /** Under the commit's tag. */
  image?: ResolvedManifest | undefined;
  /** Whether the version's tag names it too. */
  isTagged: boolean;
}> {
  const { component, version, tag, registry } = context;
  const { name, image: repositoryName } = component;
  const release = { component: name, version, commit: tag.commit, image: repositoryName };
  const repository = await openRepository(context);
  return whileAsking(registry, "read", async () => {
    try {
      const image = await findReleaseImage(release, repository);
      const isTagged = image !== undefined && (await isVersionTagged(release, image, repository));
      return { repository, image, isTagged };
    } catch (error) {
      // A registry that has no address yet is one that the stack is about to make.
      if (codeOf(error) === "ENOTFOUND") return { repository, isTagged: false };
      throw error;
    }
  });
}

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}
