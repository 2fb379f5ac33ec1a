import { taskPlatform, taskYaml } from "../../builds/task.ts";
import { loadCheckout, planStack, RELEASE_VARIABLE, type StackPlan } from "../../config/index.ts";
import type { StackBuild } from "../../releasing/kinds/index.ts";
import { SlipwayError } from "../../schemas/problem.ts";
import { nameOf, typeOf } from "../engine/changes.ts";
import { findEngine } from "../engine/process.ts";
import { releaseOf } from "../engine/releases.ts";
import { openStack } from "../engine/stack.ts";
import { readState, type StackState } from "../engine/state.ts";
import type { Note } from "../types.ts";
import { converge } from "../up/converge.ts";
import { howBuilt } from "../up/finish.ts";
import { buildTargets } from "../up/targets.ts";

const TASK = "azure-native:containerregistry:Task";

/**
 * Builds a release by the stack that owns the registry. Its record is in the checkout, so that the
 * program can declare the build; it declares nothing else, and an update keeps to it and to what it
 * needs.
 */
export function stackBuild(root: string, stackName: string, note: Note): StackBuild {
  return async ({ component, version }) => {
    const release = `${component}@${version}`;
    const plan = await planBuild(root, stackName, release);
    const build = plan.builds.flatMap(({ runs }) => runs)[0];
    if (build === undefined) throw new Error(`the stack ${stackName} does not build ${release}`);
    const env = { [RELEASE_VARIABLE]: release };
    const stack = await openStack(root, plan.stack, await findEngine(), env);
    const { outputs } = await converge(stack, {
      plan,
      note,
      async targets() {
        const { resources } = await readState(stack);
        return buildTargets(plan, build, new Set(resources.map(({ urn }) => urn)));
      },
      adoptsTargets: true,
      // The image was looked for and is not there, whatever the state says of its build.
      gone: buildTargets(plan, build).filter(
        (urn) => releaseOf({ type: typeOf(urn), name: nameOf(urn) }) !== undefined,
      ),
      check: (state) => checkTask(state, plan),
      wait: true,
    });
    const built = outputs.builds[release] ?? {};
    const { digest, size, mediaType } = built;
    if (digest === undefined || size === undefined || mediaType === undefined) {
      throw new Error(`the stack ${stackName} has no output of ${release}`);
    }
    return { digest, size, mediaType, ...howBuilt(built) };
  };
}

/** The checkout as it is by now, with the record in it. */
async function planBuild(root: string, stack: string, release: string): Promise<StackPlan> {
  const { checkout, problems } = await loadCheckout(root, { removals: false });
  const config = checkout?.stacks.get(stack);
  if (checkout === undefined || config === undefined) throw new SlipwayError(problems);
  return planStack(checkout, config, { releasing: release });
}

/**
 * A task is left as it is, because of all that stands on it. One that is not as the catalogue says
 * would build something else.
 *
 * @throws SlipwayError
 */
function checkTask({ resources }: StackState, { builder, builds, stack }: StackPlan): void {
  const [component] = builds;
  if (builder.kind !== "acr" || component === undefined) return;
  const task = resources.find(
    ({ urn, type }) => type === TASK && nameOf(urn) === component.component,
  );
  if (task === undefined) return;
  const { step, platform } = task.inputs ?? {};
  const content = Buffer.from(taskYaml(component)).toString("base64");
  const { os, architecture } = taskPlatform(component);
  if (has(step, { encodedTaskContent: content }) && has(platform, { os, architecture })) return;
  throw new SlipwayError({
    code: "build-failed",
    file: "releases/catalogue.yaml",
    path: `components.${component.component}`,
    message: `the task build-${component.component} of the stack ${stack} was made from another entry, expected it as the catalogue has it now; run: slipway up --stack ${stack}`,
  });
}

function has(value: unknown, expected: Readonly<Record<string, string>>): boolean {
  if (typeof value !== "object" || value === null) return false;
  const found = new Map<string, unknown>(Object.entries(value));
  return Object.entries(expected).every(([key, text]) => found.get(key) === text);
}
