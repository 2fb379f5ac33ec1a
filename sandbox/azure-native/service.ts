import pluginProto from "@pulumi/pulumi/proto/plugin_pb.js";
import type * as messages from "@pulumi/pulumi/proto/provider_pb.js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import { connectArm } from "../../builds/azure-client.ts";
import { type AzureClients, createClients } from "./clients.ts";
import { type Configuration, readConfiguration } from "./configuration.ts";
import { type LocationRule, locationRule } from "./location.ts";
import * as provider from "./provider.ts";
import { PLUGIN_VERSION } from "./version.ts";
import { toProperties, toStruct, unary } from "./wire.ts";

interface Configured {
  clients: AzureClients;
  defaultLocation: LocationRule;
}

/**
 * The engine's side of the plugin. It answers the raw protocol, since `@pulumi/pulumi/provider`
 * passes on neither the configuration nor old inputs, previews or detailed diffs.
 *
 * Secrets: like the official provider it does not accept them; the engine takes the marks off inputs
 * and puts them back on the outputs of the same name.
 */
export function createService(env: NodeJS.ProcessEnv) {
  const cancelled = new AbortController();
  let configured = configure({ arm: {}, location: undefined });

  function configure(configuration: Configuration): Configured {
    const clients = createClients(() => connectArm(env, configuration.arm));
    return {
      clients,
      defaultLocation: locationRule(configuration.location, clients, cancelled.signal),
    };
  }
  const operation = (timeoutSeconds = 0): provider.Operation => ({
    clients: configured.clients,
    signal:
      timeoutSeconds > 0
        ? AbortSignal.any([cancelled.signal, AbortSignal.timeout(timeoutSeconds * 1000)])
        : cancelled.signal,
  });

  return {
    getPluginInfo: unary(() => new pluginProto.PluginInfo().setVersion(PLUGIN_VERSION)),
    attach: unary(() => new emptyProto.Empty()),
    cancel: unary(() => {
      cancelled.abort(new Error("cancelled"));
      return new emptyProto.Empty();
    }),
    getSchema: unary(() => new proto.GetSchemaResponse().setSchema("{}")),
    checkConfig: unary((request: messages.CheckRequest) =>
      new proto.CheckResponse().setInputs(request.getNews()),
    ),
    diffConfig: unary(() => new proto.DiffResponse()),
    configure: unary((request: messages.ConfigureRequest) => {
      configured = configure(readConfiguration(toProperties(request.getArgs())));
      return new proto.ConfigureResponse().setSupportspreview(true);
    }),
    check: unary(async (request: messages.CheckRequest) => {
      const { type, name } = parseUrn(request.getUrn());
      const result = await provider.check(
        type,
        {
          name,
          olds: toProperties(request.getOlds()),
          news: toProperties(request.getNews()),
          seed: request.getRandomseed_asU8(),
        },
        configured.defaultLocation,
      );
      // The reason names the property; in the property field the engine would print its value.
      const failures = result.problems.map((reason) => new proto.CheckFailure().setReason(reason));
      return new proto.CheckResponse().setInputs(toStruct(result.inputs)).setFailuresList(failures);
    }),
    diff: unary((request: messages.DiffRequest) => {
      const olds = {
        inputs: toProperties(request.getOldInputs()),
        outputs: toProperties(request.getOlds()),
      };
      const { type } = parseUrn(request.getUrn());
      return diffResponse(provider.diff(type, olds, toProperties(request.getNews())));
    }),
    create: unary(async (request: messages.CreateRequest) => {
      const { type } = parseUrn(request.getUrn());
      const inputs = toProperties(request.getProperties());
      const made = await provider.create(
        operation(request.getTimeout()),
        type,
        inputs,
        request.getPreview(),
      );
      return new proto.CreateResponse().setId(made.id).setProperties(toStruct(made.outputs));
    }),
    read: unary(async (request: messages.ReadRequest) => {
      const { type } = parseUrn(request.getUrn());
      const oldInputs = request.getInputs();
      const result = await provider.read(operation(request.getTimeout()), type, {
        id: request.getId(),
        inputs: oldInputs?.getFieldsMap().getLength() ? toProperties(oldInputs) : undefined,
        outputs: toProperties(request.getProperties()),
      });
      if (!result) return new proto.ReadResponse().setId("");
      return new proto.ReadResponse()
        .setId(result.id)
        .setInputs(toStruct(result.inputs))
        .setProperties(toStruct(result.outputs));
    }),
    update: unary(async (request: messages.UpdateRequest) => {
      const { type } = parseUrn(request.getUrn());
      const outputs = await provider.update(operation(request.getTimeout()), type, {
        id: request.getId(),
        olds: toProperties(request.getOlds()),
        news: toProperties(request.getNews()),
        preview: request.getPreview(),
      });
      return new proto.UpdateResponse().setProperties(toStruct(outputs));
    }),
    delete: unary(async (request: messages.DeleteRequest) => {
      const { type } = parseUrn(request.getUrn());
      await provider.remove(operation(request.getTimeout()), type, request.getId());
      return new emptyProto.Empty();
    }),
    invoke: unary(async (request: messages.InvokeRequest) => {
      const args = toProperties(request.getArgs());
      const result = await provider.invoke(operation(), request.getTok(), args);
      return new proto.InvokeResponse().setReturn(toStruct(result));
    }),
  };
}

const KINDS: Readonly<Record<provider.DetailedKind, messages.PropertyDiff.Kind>> = {
  add: proto.PropertyDiff.Kind.ADD,
  "add-replace": proto.PropertyDiff.Kind.ADD_REPLACE,
  delete: proto.PropertyDiff.Kind.DELETE,
  "delete-replace": proto.PropertyDiff.Kind.DELETE_REPLACE,
  update: proto.PropertyDiff.Kind.UPDATE,
  "update-replace": proto.PropertyDiff.Kind.UPDATE_REPLACE,
};

function diffResponse({ detailed, replaces }: provider.DiffResult): messages.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
  const response = new proto.DiffResponse()
    .setChanges(detailed.size > 0 ? DIFF_SOME : DIFF_NONE)
    .setDiffsList([...detailed.keys()])
    .setReplacesList(replaces)
    // Names are explicit, so the old one has to go before the new one can be made.
    .setDeletebeforereplace(replaces.length > 0)
    .setHasdetaileddiff(true);
  const map = response.getDetaileddiffMap();
  for (const [path, kind] of detailed) {
    map.set(path, new proto.PropertyDiff().setKind(KINDS[kind]).setInputdiff(true));
  }
  return response;
}

/** `urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>` */
function parseUrn(urn: string) {
  const [, , types = "", ...name] = urn.split("::");
  const token = types.split("$").at(-1) ?? "";
  return { type: provider.resourceType(token), name: name.join("::") };
}
