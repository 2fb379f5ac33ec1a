export { isRefName } from "./names.ts";
export { type OpenSourceOptions, openSource } from "./open.ts";
export type {
  CommitRange,
  PushOutcome,
  Source,
  SourceCommit,
  SourceFile,
  SourceTag,
} from "./types.ts";
