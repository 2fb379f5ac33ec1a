/** One component of the catalogue, and its source. */
import { loadStackConfigs } from "../config/index.ts";
import type { StackConfig } from "../config/types.ts";
import { type Component, loadRegistry, type ReleaseRegistry } from "../registry/index.ts";
import { type Problem, SlipwayError } from "../schemas/problem.ts";
import { openSource, type Source } from "../source/index.ts";
import { ownerStack } from "./checkout.ts";
import { sourceToken } from "./engine/source-token.ts";
import type { Note } from "./types.ts";

export interface OpenComponent {
  registry: ReleaseRegistry;
  component: Component;
  /** The stack that owns the image registry, and has the tokens of source repositories. */
  owner: StackConfig;
}

/**
 * @param stack name of the owner, where there are several
 * @throws SlipwayError with every problem of the catalogue, `unknown-component`, or as `ownerStack`
 */
export function openComponent(
  root: string,
  name: string,
  stack: string | undefined,
): OpenComponent {
  const problems: Problem[] = [];
  // What is wrong beside the catalogue is told with all the rest: a new record may put it right.
  const registry = loadRegistry(root, (problem) => problems.push(problem));
  if (registry === undefined) throw new SlipwayError(problems);
  const component = registry.catalogue.components.get(name);
  if (component === undefined) {
    const known = [...registry.catalogue.components.keys()].join(", ");
    throw new SlipwayError({
      code: "unknown-component",
      message: `found the component ${JSON.stringify(name)}, expected one of ${known}; add it to releases/catalogue.yaml`,
    });
  }
  const owner = ownerStack(
    loadStackConfigs(root, () => {}),
    stack,
  );
  return { registry, component, owner };
}

/** @throws SlipwayError as `openSource` */
export async function openComponentSource(
  root: string,
  { component, owner }: OpenComponent,
  note: Note,
): Promise<Source> {
  const token = await sourceToken(root, owner, component.repository.key);
  return openSource(component.repository, { env: process.env, token, note });
}
