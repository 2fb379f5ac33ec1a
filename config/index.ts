export { type RunningCombination, runningCombinations } from "./combinations.ts";
export { type LoadedCheckout, type LoadOptions, loadCheckout, loadStackConfigs } from "./load.ts";
export { cellOf, solutionsPerCell, stacksOf } from "./placement.ts";
export { type PlanOptions, planStack } from "./plan.ts";
export { buildPlanOf, RELEASE_VARIABLE } from "./plan-builds.ts";
export type {
  AppPlan,
  BuildPlan,
  CellPlan,
  ComponentBuildPlan,
  EnvPlan,
  ImagePlan,
  ReleaseId,
  SharePlan,
  SolutionPlan,
  StackPlan,
  StoragePlan,
  TagExpectation,
} from "./plan-types.ts";
export { pointedVersion, recordOf } from "./pointers.ts";
export { solutionClashes } from "./solutions.ts";
export { type StackIdentity, stackConfigFrom } from "./stack-config.ts";
export type {
  BuilderChoice,
  CellConfig,
  Checkout,
  CheckoutCounts,
  Environment,
  RegistryChoice,
  Solution,
  SolutionState,
  StackConfig,
  VersionOverride,
} from "./types.ts";
export { comparePlatforms, yankedRelease } from "./yanked.ts";
