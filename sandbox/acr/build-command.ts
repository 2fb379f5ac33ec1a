import { TaskError } from "./errors.ts";

/** A task's `build:` line. */
export interface BuildCommand {
  /** As after `-t`: `<login server>/<repository>:<tag>`. */
  tags: string[];
  labels: Record<string, string>;
  buildArgs: Record<string, string>;
  dockerfile: string;
  target?: string;
  platform?: string;
  noCache: boolean;
  /** `.` for the run's own context, else a git URL. */
  context: string;
}

const SWITCHES = ["--no-cache", "--pull", "--rm", "--force-rm", "-q", "--quiet"];
const WITH_VALUE = {
  "-t": "tag",
  "--tag": "tag",
  "-f": "file",
  "--file": "file",
  "--label": "label",
  "--build-arg": "buildArg",
  "--target": "target",
  "--platform": "platform",
} as const;
type Flag = keyof typeof WITH_VALUE;

/**
 * Reads a build line as docker does, and refuses it where ACR's own reading would come to another
 * result: ACR splits on white space, takes for the context any word that neither is nor follows a
 * word with a dash, and counts only tags written `-t X` or `--tag X`.
 * @throws TaskError that names the word and what to write instead
 */
export function parseBuildCommand(line: string): BuildCommand {
  const words = line.split(/\s+/).filter((word) => word !== "");
  const quoted = words.find((word) => /["'`\\]/.test(word));
  if (quoted !== undefined) {
    throw new TaskError(`${quoted}: ACR splits on white space, so quoting means nothing there`);
  }
  const command: BuildCommand = {
    tags: [],
    labels: {},
    buildArgs: {},
    dockerfile: "Dockerfile",
    noCache: false,
    context: "",
  };
  const positional: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    if (!word.startsWith("-")) {
      positional.push(word);
    } else if (SWITCHES.includes(word)) {
      command.noCache ||= word === "--no-cache";
    } else {
      const { flag, value } = splitFlag(word);
      set(command, flag, value ?? valueAfter(words, ++index, word));
    }
  }
  const [context, ...more] = positional;
  if (context === undefined) throw new TaskError("the build line names no context");
  if (more.length > 0) {
    throw new TaskError(`more than one context: ${positional.join(" ")} (no spaces in values)`);
  }
  refuseMisreading(words, context);
  return { ...command, context };
}

/** ACR's own rule for the context, applied to the same words. */
function refuseMisreading(words: readonly string[], context: string): void {
  const seen = words.filter(
    (word, index) => !word.startsWith("-") && !(words[index - 1] ?? "").startsWith("-"),
  );
  if (seen.length === 1 && seen[0] === context) return;
  const before = words[words.indexOf(context) - 1] ?? "";
  throw new TaskError(
    seen.includes(context)
      ? `ACR would take ${seen[0] ?? ""} for the context: put switches behind it or leave them out`
      : `ACR would take ${context} for the value of ${before}: put a space for "=" in ${before}, or another flag with its value before the context`,
  );
}

function splitFlag(word: string): { flag: Flag; value?: string } {
  const equals = word.indexOf("=");
  const name = equals < 0 ? word : word.slice(0, equals);
  if (!(name in WITH_VALUE)) throw new TaskError(`unknown flag ${word} in the build line`);
  const flag = name as Flag;
  if (equals < 0) return { flag };
  if (WITH_VALUE[flag] === "tag") {
    throw new TaskError(`${word}: ACR counts only tags written "${name} X", with a space`);
  }
  return { flag, value: word.slice(equals + 1) };
}

function valueAfter(words: readonly string[], index: number, flag: string): string {
  const value = words[index];
  if (value === undefined || value.startsWith("-")) throw new TaskError(`${flag} has no value`);
  return value;
}

function set(command: BuildCommand, flag: Flag, value: string): void {
  const kind = WITH_VALUE[flag];
  if (kind === "tag") command.tags.push(value);
  else if (kind === "file") command.dockerfile = value;
  else if (kind === "target") command.target = value;
  else if (kind === "platform") command.platform = value;
  else {
    const equals = value.indexOf("=");
    if (equals < 1) throw new TaskError(`${flag} ${value}: expected name=value`);
    const map = kind === "label" ? command.labels : command.buildArgs;
    map[value.slice(0, equals)] = value.slice(equals + 1);
  }
}
