import { TaskError } from "./errors.ts";

/** What a task file can refer to. */
export interface TemplateInput {
  runId: string;
  /** `<name>.azurecr.io` */
  loginServer: string;
  platform: { os: string; architecture: string };
  values: readonly { name: string; value: string }[];
}

const PLACEHOLDER = /\{\{-?\s*(.*?)\s*-?\}\}/gs;
const FIELD = /^\.(Run|Values)\.([A-Za-z_][A-Za-z0-9_]*)$/;
const ALIAS = /\$([A-Za-z][A-Za-z0-9]*)/g;

/**
 * Fills in the aliases (`$Registry`) and fields (`{{.Run.ID}}`, `{{.Values.x}}`) of a task file, as
 * ACR does before it reads the file as YAML.
 * https://learn.microsoft.com/azure/container-registry/container-registry-tasks-reference-yaml
 * @throws TaskError for a name that is not known, where ACR would leave a hole
 */
export function renderTemplate(text: string, input: TemplateInput): string {
  const run: Record<string, string> = {
    ID: input.runId,
    Registry: input.loginServer,
    RegistryName: input.loginServer.split(".")[0] ?? "",
    OS: input.platform.os,
    Architecture: input.platform.architecture,
  };
  const values = new Map(input.values.map(({ name, value }) => [name, value]));
  const withAliases = text.replaceAll(ALIAS, (alias, name: string) => {
    if (run[name] === undefined) throw new TaskError(`unknown alias ${alias} in the task file`);
    return `{{.Run.${name}}}`;
  });
  return withAliases.replaceAll(PLACEHOLDER, (placeholder, expression: string) => {
    const [, scope, name = ""] = FIELD.exec(expression) ?? [];
    const value = scope === "Run" ? run[name] : scope === "Values" ? values.get(name) : undefined;
    if (value === undefined) throw new TaskError(`nothing to fill in for ${placeholder}`);
    return value;
  });
}
