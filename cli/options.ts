import type { Command } from "commander";

/** Adds `--cwd` and `--json`. */
export function withCommon(command: Command): Command {
  return command
    .option("--cwd <dir>", "the checkout (default: the nearest folder upwards with Pulumi.yaml)")
    .option("--json", "print one JSON document on stdout and nothing else there");
}

/** Adds `--stack` and `--env` to the common options. */
export function withStacks(command: Command): Command {
  return withCommon(command)
    .option("--stack <name>", "the stack (default: all, the image registry's owner first)")
    .option("--env <name>", "the stacks of an environment");
}
