export type { RegistryOptions } from "./connection.ts";
export { type PushedCapsule, type PushRequest, pushCapsule, sourceOf } from "./push.ts";
export {
  parseReference,
  type Reference,
  type RepositoryName,
  referenceText,
} from "./reference.ts";
export { openRemote, type RemoteRepository } from "./repository.ts";
export { registrySource, type SourceOptions } from "./source.ts";
export { readWhole } from "./whole.ts";
