/** What the config files hold once their schema holds, with the schema's defaults filled in. */
import type { SolutionState } from "./types.ts";

export interface SolutionsDocument {
  defaults: { environment?: string; ring: string; customer_repository?: string };
  solutions: SolutionDocument[];
}

export interface SolutionDocument {
  id: string;
  name: string;
  environment?: string;
  cell?: string;
  state: SolutionState;
  ring?: string;
  customer_repository?: string;
  env: Record<string, string>;
  keep_data: boolean;
}

export interface EnvironmentDocument {
  environment: string;
  platform?: string;
  versions: Record<string, string>;
  overrides: { ring?: string; solution?: string; versions: Record<string, string> }[];
}

/** A secret as a stack file has it; its text is never looked at. */
export interface SecretDocument {
  secure: string;
}

export interface StackDocument {
  config: StackConfigDocument;
}

export interface StackConfigDocument {
  "azure-native:subscriptionId": string;
  "azure-native:location": string;
  "slipway:environment": string;
  "slipway:ephemeral": boolean;
  "slipway:builder": "acr" | { buildkit: string };
  "slipway:registry": RegistryDocument;
  "slipway:cells": CellDocument[];
  "slipway:default_cell"?: string;
  "slipway:shared_cell"?: string;
  "slipway:share_quota_gib": number;
  "slipway:source_tokens"?: Record<string, SecretDocument>;
  "slipway:customer_repository_token"?: SecretDocument;
  "slipway:customer_repository_tokens"?: Record<string, SecretDocument>;
}

export type RegistryDocument =
  | {
      owned: true;
      name?: string;
      sku?: "Basic" | "Standard" | "Premium";
      resource_group?: string;
      location?: string;
    }
  | { owned: false; id: string };

export interface CellDocument {
  name: string;
  location?: string;
  resource_group?: string;
  managed_environment?: string;
  log_workspace?: string;
  storage_account?: string;
  identity?: string;
  storage_sku: "Premium_LRS" | "Premium_ZRS";
}
