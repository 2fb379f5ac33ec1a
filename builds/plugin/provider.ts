import type {
  CheckResult,
  CreateResult,
  DiffResult,
  Provider,
  ReadResult,
} from "@pulumi/pulumi/provider/provider.js";
import { Azure } from "./azure.ts";
import { BuiltImageResource } from "./built-image-resource.ts";
import type { Properties } from "./properties.ts";
import type { ResourceHandler } from "./resource-handler.ts";
import { RunResource } from "./run-resource.ts";

/** The engine wants a version; nothing chooses the plugin by it. */
const VERSION = "0.1.0";

/** Serves the resources of `builds/` to Pulumi's engine. */
export class SlipwayProvider implements Provider {
  readonly version = VERSION;
  readonly schema = JSON.stringify({ name: "slipway", version: VERSION });
  private readonly canceled = new AbortController();
  private readonly handlers: ReadonlyMap<string, ResourceHandler>;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    const azure = new Azure(env, this.canceled.signal);
    this.handlers = new Map<string, ResourceHandler>([
      ["slipway:acr:Run", new RunResource(azure)],
      ["slipway:acr:BuiltImage", new BuiltImageResource(azure)],
    ]);
  }

  async check(urn: string, _olds: unknown, news: Properties): Promise<CheckResult> {
    return { inputs: news, failures: this.handler(urn).check(news) };
  }

  async diff(_id: string, urn: string, olds: Properties, news: Properties): Promise<DiffResult> {
    return this.handler(urn).diff(olds, news);
  }

  create(urn: string, inputs: Properties): Promise<CreateResult> {
    return this.handler(urn).create(inputs);
  }

  read(id: string, urn: string, state: Properties = {}): Promise<ReadResult> {
    return this.handler(urn).read(id, state);
  }

  /** Images outlive what built them: nothing is deleted in Azure. */
  async delete(): Promise<void> {}

  /** The engine stops: nothing is waited for any more. */
  async cancel(): Promise<void> {
    this.canceled.abort();
  }

  private handler(urn: string): ResourceHandler {
    const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
    const handler = this.handlers.get(type);
    if (handler !== undefined) return handler;
    throw new Error(
      `unknown type ${type}; this plugin has ${[...this.handlers.keys()].join(", ")}`,
    );
  }
}
