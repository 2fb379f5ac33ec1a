/** Name of a variable that every POSIX shell can export. */
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * @param variables of the environment
 * @returns one `export NAME='value'` a line, for `eval` in a POSIX shell
 * @throws Error for a name that is no identifier
 */
export function shellExports(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${identifier(name)}=${quote(value)}`)
    .join("\n");
}

/** Nothing is special between single quotes but the quote itself. */
function quote(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

function identifier(name: string): string {
  if (VARIABLE.test(name)) return name;
  throw new Error(`${JSON.stringify(name)} is not the name of an environment variable`);
}
