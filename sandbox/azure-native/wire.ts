import {
  Metadata,
  type ServerUnaryCall,
  type ServiceError,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import statusProto from "@pulumi/pulumi/proto/status_pb.js";
import anyProto from "google-protobuf/google/protobuf/any_pb.js";
import structProto, { type Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { describeError, InitializationError } from "./errors.ts";
import type { PropertyMap } from "./values.ts";

type Unary<Q, A> = (call: ServerUnaryCall<Q, A>, callback: sendUnaryData<A>) => void;

/** Makes a gRPC handler of an async function; what it throws becomes the call's error. */
export function unary<Q, A>(answer: (request: Q) => Promise<A> | A): Unary<Q, A> {
  return (call, callback) => {
    new Promise<A>((resolve) => resolve(answer(call.request))).then(
      (value) => callback(null, value),
      (error: unknown) => callback(toServiceError(error)),
    );
  };
}

export function toProperties(struct: Struct | undefined): PropertyMap {
  return (struct?.toJavaScript() ?? {}) as PropertyMap;
}

export function toStruct(properties: PropertyMap): Struct {
  return structProto.Struct.fromJavaScript(properties);
}

/**
 * A resource that exists but did not come up travels as a detail of the error, in the trailer where
 * Go's gRPC puts them.
 */
function toServiceError(error: unknown): Partial<ServiceError> {
  const message = describeError(error);
  const metadata = new Metadata();
  if (error instanceof InitializationError) {
    const detail = new proto.ErrorResourceInitFailed();
    detail.setId(error.id);
    detail.setProperties(toStruct(error.outputs));
    detail.setReasonsList([message]);
    const packed = new anyProto.Any();
    packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const carrier = new statusProto.Status();
    carrier.setCode(status.UNKNOWN);
    carrier.setMessage(message);
    carrier.addDetails(packed);
    metadata.add("grpc-status-details-bin", Buffer.from(carrier.serializeBinary()));
  }
  return { code: status.UNKNOWN, details: message, message, metadata };
}
