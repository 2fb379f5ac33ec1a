import type {
  CheckFailure,
  CreateResult,
  DiffResult,
  ReadResult,
} from "@pulumi/pulumi/provider/provider.js";
import type { Properties } from "./properties.ts";

/** One resource type of the plugin. Nothing is ever updated in place or deleted in Azure. */
export interface ResourceHandler {
  check(inputs: Properties): CheckFailure[];
  diff(state: Properties, inputs: Properties): DiffResult;
  create(inputs: Properties): Promise<CreateResult>;
  /** An id of `""` says that it is gone. */
  read(id: string, state: Properties): Promise<ReadResult>;
}
