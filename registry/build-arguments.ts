import type { Catalogue } from "./types.ts";

/** A build argument that carries something of one solution. */
export interface BuildArgumentProblem {
  component: string;
  argument: string;
  message: string;
}

const ADVICE =
  "expected nothing of one solution: images are shared by all (S-11); pass it as an environment variable of the app";

/** Why a build argument is refused whatever solutions there are; undefined when it is not. */
export function buildArgumentProblem(argument: string, value: string): string | undefined {
  if (/^NEXT_PUBLIC_/i.test(argument)) {
    return `found a NEXT_PUBLIC_ argument, whose value is compiled into the image, ${ADVICE}`;
  }
  if (/:\/\//.test(value) || /\.azurecontainerapps\.io\b/i.test(value)) {
    return `found a URL, ${ADVICE}`;
  }
  return undefined;
}

/**
 * Build arguments that name a solution, by id or by the hash in its resources' names (S-11).
 *
 * @param solutions id and hash of every solution
 */
export function solutionsInBuildArguments(
  catalogue: Catalogue,
  solutions: ReadonlyMap<string, string>,
): BuildArgumentProblem[] {
  const problems: BuildArgumentProblem[] = [];
  for (const component of catalogue.components.values()) {
    for (const [argument, value] of Object.entries(component.buildArgs)) {
      const id = [...solutions].find(([id, hash]) => names(value, id, hash))?.[0];
      if (id === undefined) continue;
      problems.push({
        component: component.name,
        argument,
        message: `found a name of the solution ${id}, ${ADVICE}`,
      });
    }
  }
  return problems;
}

function names(value: string, id: string, hash: string): boolean {
  const text = value.toLowerCase();
  if (text.includes(hash)) return true;
  for (let at = text.indexOf(id); at !== -1; at = text.indexOf(id, at + 1)) {
    const around = [text[at - 1], text[at + id.length]];
    if (around.every((character) => character === undefined || !/[a-z0-9]/.test(character))) {
      return true;
    }
  }
  return false;
}
