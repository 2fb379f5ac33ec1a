/** A build's resource, as little of it as says which release it makes. */
interface Built {
  type: string;
  name: string;
}

const RUN = "slipway:acr:Run";
/** Of a BuildKit build: the build itself, and the image that it left in the registry. */
const BUILDKIT_BUILD = "docker-build:index:Image";
const BUILT_IMAGE = "slipway:acr:BuiltImage";

/** `<component>@<version>` of a resource that has to do with a build; undefined for any other. */
export function releaseOf({ type, name }: Built): string | undefined {
  if (type === RUN) return name;
  // Their names end in the beginning of the commit.
  if (type === BUILDKIT_BUILD || type === BUILT_IMAGE) return name.replace(/-[0-9a-f]{12}$/, "");
  return undefined;
}

/** Whether a resource stands for the build of a release: one for each, by whatever builder. */
export function isBuild({ type }: Pick<Built, "type">): boolean {
  return type === RUN || type === BUILT_IMAGE;
}
