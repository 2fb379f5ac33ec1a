import { CATALOGUE_FILE, type Catalogue } from "../registry/index.ts";
import type { DocumentPath, ProblemCode } from "../schemas/index.ts";
import { unknownEnvironment } from "./placement.ts";
import type { Checkout, StackConfig } from "./types.ts";

/** A problem in a stack's file, at a path inside it. */
export interface StackProblem {
  code: ProblemCode;
  file: string;
  at: DocumentPath;
  message: string;
}

/**
 * Components that no ACR Task of a stack can build: it builds for the platform of its agent alone.
 */
export function platformProblems(
  { components }: Catalogue,
  stacks: ReadonlyMap<string, StackConfig>,
): StackProblem[] {
  const builder = [...stacks.values()].find(
    (stack) => stack.registry.owned && stack.builder.kind === "acr",
  );
  if (builder === undefined) return [];
  return [...components.values()]
    .filter(({ kind, platforms }) => kind === "container" && !isTaskPlatform(platforms))
    .map(({ name, platforms }) => ({
      code: "catalogue-rule",
      file: CATALOGUE_FILE,
      at: ["components", name, "platforms"],
      message: `found ${platforms.join(", ")}, expected one of linux or windows with amd64, arm64, arm or 386: the stack ${builder.stack} builds by ACR Tasks; leave one, or choose a BuildKit builder in ${builder.file}`,
    }));
}

function isTaskPlatform(platforms: readonly string[]): boolean {
  const [platform = "", ...more] = platforms;
  return more.length === 0 && /^(linux|windows)\/(amd64|arm64|arm|386)$/.test(platform);
}

/** What stacks may not share or leave unsaid between them. */
export function stackProblems({
  environments,
  stacks,
}: Pick<Checkout, "environments" | "stacks">): StackProblem[] {
  const problems: StackProblem[] = [];
  const claims = new Map<string, string>();
  const owners = new Map<string, string>();
  const cells = new Map<string, string>();
  for (const stack of stacks.values()) {
    const problem = (message: string, key: string, code: ProblemCode = "stack-config") =>
      problems.push({ code, file: stack.file, at: ["config", key], message });
    if (stack.cells.length > 0 && !environments.has(stack.environment)) {
      problem(
        unknownEnvironment(stack.environment, environments),
        "slipway:environment",
        "unknown-environment",
      );
    }
    const owner = stack.registry.owned ? owners.get(stack.registry.name) : undefined;
    if (owner !== undefined) {
      problem(
        `found the registry ${stack.registry.name}, which the stack ${owner} owns already, expected one owner; name it by id with owned: false`,
        "slipway:registry",
      );
    }
    if (stack.registry.owned) owners.set(stack.registry.name, stack.stack);
    for (const { at, what, name, key, owner: claimant } of claimsOf(stack)) {
      const other = claims.get(key);
      claims.set(key, claimant);
      if (other === undefined) continue;
      problems.push({
        code: "stack-config",
        file: stack.file,
        at: ["config", ...at],
        message: `found the ${what} "${name}", which ${other} has already, expected one of its own; choose another name`,
      });
    }
    for (const { name } of stack.cells) {
      const key = `${stack.environment}/${name}`;
      const other = cells.get(key);
      if (other !== undefined) {
        problem(
          `found the cell "${name}", which the stack ${other} has already in ${stack.environment}, expected each cell once; rename it`,
          "slipway:cells",
        );
      }
      cells.set(key, stack.stack);
    }
  }
  return problems;
}

/** A name in Azure that one thing alone may have. */
interface Claim {
  at: DocumentPath;
  what: string;
  name: string;
  /** The same for two claims of one thing. */
  key: string;
  owner: string;
}

/** Names of a stack that are taken for all stacks; the others are inside its groups. */
function claimsOf(stack: StackConfig): Claim[] {
  // Azure takes no notice of case in the names of groups.
  const group = (name: string) => `group ${stack.subscriptionId}/${name}`.toLowerCase();
  const claims = stack.cells.flatMap((cell, index): Claim[] => {
    const owner = `the cell ${cell.name} of the stack ${stack.stack}`;
    const at = (key: string) => ["slipway:cells", index, key];
    const { resourceGroup, storageAccount } = cell;
    return [
      {
        at: at("resource_group"),
        what: "resource group",
        name: resourceGroup,
        key: group(resourceGroup),
        owner,
      },
      {
        at: at("storage_account"),
        what: "storage account",
        name: storageAccount,
        key: `account ${storageAccount}`,
        owner,
      },
    ];
  });
  if (!stack.registry.owned) return claims;
  const { resourceGroup } = stack.registry;
  const at = ["slipway:registry", "resource_group"];
  const owner = `the registry of the stack ${stack.stack}`;
  return [
    { at, what: "resource group", name: resourceGroup, key: group(resourceGroup), owner },
    ...claims,
  ];
}
