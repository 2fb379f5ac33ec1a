export { type SharedNames, type SharedScope, sharedNames } from "./shared-names.ts";
export {
  type AzureNames,
  appName,
  azureNames,
  type NamedSolution,
  solutionHash,
  solutionIdProblem,
} from "./solution-names.ts";
