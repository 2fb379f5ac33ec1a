export { declareStack } from "./declare-stack.ts";
export { overPreviousOutputs } from "./previous-outputs.ts";
export { skipPromiseTraces } from "./promise-traces.ts";
export { type ConfiguredTokens, configuredTokens, stackSecrets } from "./secrets.ts";
export { mapStackTraces } from "./stack-traces.ts";
export type {
  AppOutput,
  BuildOutput,
  SolutionOutput,
  StackOutputs,
  StackSecrets,
} from "./types.ts";
