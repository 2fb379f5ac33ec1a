import * as pulumi from "@pulumi/pulumi";
import type { StackSecrets } from "./types.ts";

/** The tokens of a stack's config, in clear. */
export interface ConfiguredTokens {
  /** By repository key. */
  sourceTokens: Readonly<Record<string, string>>;
  customerToken?: string;
  /** By solution id. */
  customerTokens: Readonly<Record<string, string>>;
}

/**
 * Picks the tokens out of a stack's config, whose shape `stackConfigFrom` has checked.
 *
 * @param config by full key, as `pulumi.runtime.allConfig()` has it: maps are JSON
 */
export function configuredTokens(config: Readonly<Record<string, string>>): ConfiguredTokens {
  const customerToken = config["slipway:customer_repository_token"];
  return {
    sourceTokens: JSON.parse(config["slipway:source_tokens"] ?? "{}"),
    ...(customerToken === undefined ? {} : { customerToken }),
    customerTokens: JSON.parse(config["slipway:customer_repository_tokens"] ?? "{}"),
  };
}

/** Marks the tokens secret, so that they are encrypted in the state wherever they go. */
export function stackSecrets(tokens: ConfiguredTokens): StackSecrets {
  const { sourceTokens, customerToken, customerTokens } = tokens;
  return {
    sourceTokens: secretMap(sourceTokens),
    ...(customerToken === undefined ? {} : { customerToken: pulumi.secret(customerToken) }),
    customerTokens: secretMap(customerTokens),
  };
}

/**
 * A key that Azure was asked for.
 *
 * @param owner name of the resource whose key it is
 * @throws RunError where Azure listed none: with an empty key everything is made, and nothing works
 */
export function listedKey(key: string | undefined, owner: string): string {
  if (key) return key;
  throw new pulumi.RunError(
    `found no key of ${owner} in Azure's list, expected one; make its keys anew, then run the update again`,
  );
}

function secretMap(values: Readonly<Record<string, string>>): Map<string, pulumi.Output<string>> {
  return new Map(Object.entries(values).map(([key, value]) => [key, pulumi.secret(value)]));
}
