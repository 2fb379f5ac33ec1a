/**
 * The stand-in for the `azure-native` plugin, as a process: the engine starts it, reads the port that
 * it listens on from its output, and ends it.
 */
import { Server, ServerCredentials } from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { createService } from "./service.ts";

/** The engine's own limit; a checkpoint of a large resource goes over the default of 4 MiB. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;
const ORPHAN_CHECK_MS = 500;

const server = new Server({
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
  "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
});
server.addService(services.ResourceProviderService, createService(process.env));
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${port}\n`);
});

// An engine that was killed can't end its plugins; the launcher's first argument is its process id.
const parent = Number(process.argv[2]);
setInterval(() => {
  if (process.ppid !== parent) process.exit(1);
}, ORPHAN_CHECK_MS).unref();
