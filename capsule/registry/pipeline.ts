/** How requests get to a registry and back: retries, redirects, patience, bounds. */
import {
  createDefaultHttpClient,
  createEmptyPipeline,
  isRestError,
  type PipelinePolicy,
  type PipelineRequest,
  type PipelineResponse,
  proxyPolicy,
  RestError,
  type RetryStrategy,
  redirectPolicy,
  redirectPolicyName,
  retryPolicy,
  userAgentPolicy,
} from "@azure/core-rest-pipeline";
import { isLoopback } from "../../builds/endpoints.ts";
import { errorCode, failure } from "./failures.ts";
import { type Pace, readStream } from "./stream.ts";

export type Send = (request: PipelineRequest) => Promise<PipelineResponse>;

/** How long a registry is waited for. */
export interface Patience extends Pace {
  /** Milliseconds before the first retry; each one after waits twice as long. */
  retry: number;
  /** Milliseconds that a registry may ask for before it is asked again. */
  retryAfter: number;
}

/** Slower than an old modem is nobody's honest link. */
export const PATIENCE: Patience = {
  idle: 60_000,
  least: 256 * 1024,
  retry: 500,
  retryAfter: 30_000,
};

const MAX_RETRIES = 3;
const MAX_REDIRECTS = 5;
/** Of an answer that is no blob and no manifest: a listing, a token or an error. */
const TEXT_MAX_BYTES = 8 * 1024 * 1024;
const NONE = new Set<number>();
const AGAIN = new Set([408, 429, 500, 502, 503, 504]);
const CUT = new Set(["ECONNRESET", "EPIPE", "EAI_AGAIN"]);

/** @param authorization absent where no redirect may be followed either */
export function createSend(
  patience: Patience,
  authorization?: { policy: PipelinePolicy; origin: URL; registry: string },
): Send {
  const client = createDefaultHttpClient();
  const pipeline = createEmptyPipeline();
  pipeline.addPolicy(userAgentPolicy({ userAgentPrefix: "slipway" }));
  pipeline.addPolicy(retryPolicy([retries(patience)], { maxRetries: MAX_RETRIES }), {
    phase: "Retry",
  });
  if (authorization !== undefined) {
    pipeline.addPolicy(
      // What was led elsewhere is authorized, or not, below.
      redirectPolicy({ maxRetries: MAX_REDIRECTS, allowCrossOriginRedirects: true }),
      { afterPhase: "Retry" },
    );
    pipeline.addPolicy(plainRedirectPolicy(), {
      afterPhase: "Retry",
      afterPolicies: [redirectPolicyName],
    });
    pipeline.addPolicy(authorization.policy, { phase: "Sign" });
    pipeline.addPolicy(addressPolicy(authorization), { afterPhase: "Sign" });
  }
  pipeline.addPolicy(directPolicy(), { afterPhase: "Sign" });
  pipeline.addPolicy(boundedPolicy(patience), {
    afterPhase: "Sign",
    afterPolicies: authorization === undefined ? [] : [ADDRESS],
  });
  return (request) => pipeline.sendRequest(client, request);
}

/** What passes by itself is asked again, as long after as the registry says; what does not is told at once. */
function retries({ retry, retryAfter }: Patience): RetryStrategy {
  return {
    name: "slipwayRetryStrategy",
    retry({ response, responseError, retryCount }) {
      const later = { retryAfterInMs: retry * 2 ** retryCount };
      if (response === undefined) {
        return CUT.has(errorCode(responseError)) ? later : { skipStrategy: true };
      }
      if (!AGAIN.has(response.status)) return { skipStrategy: true };
      const asked = retryAfterOf(response.headers.get("retry-after"));
      if (asked === undefined) return later;
      return asked <= retryAfter ? { retryAfterInMs: asked } : { skipStrategy: true };
    },
  };
}

/** Seconds or a date, in milliseconds. */
function retryAfterOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

/** To what the library follows for every method (307), and for reading alone (302). */
const FOLLOWED = new Map([
  [303, 302],
  [308, 307],
]);

/**
 * A registry may lead elsewhere by every status of RFC 9110, section 15.4:
 * https://github.com/opencontainers/distribution-spec/pull/607
 */
function plainRedirectPolicy(): PipelinePolicy {
  return {
    name: "slipwayPlainRedirectPolicy",
    async sendRequest(request, next) {
      const response = await next(request);
      return { ...response, status: FOLLOWED.get(response.status) ?? response.status };
    },
  };
}

const ADDRESS = "slipwayAddressPolicy";

/** A registry may lead to another host, but not from https to plain http. */
function addressPolicy({ origin, registry }: { origin: URL; registry: string }): PipelinePolicy {
  return {
    name: ADDRESS,
    sendRequest(request, next) {
      const url = new URL(request.url);
      const isPlain = url.protocol === "http:" && origin.protocol === "http:";
      if (url.protocol !== "https:" && !isPlain) {
        throw failure(
          "registry-answer",
          `${registry} leads to ${url.protocol}//${url.host}, expected https; check who serves that registry`,
        );
      }
      request.allowInsecureConnection = isPlain;
      return next(request);
    },
  };
}

/** The user's proxy for each request, those that were led elsewhere too, but for what stays on this machine. */
function directPolicy(): PipelinePolicy {
  const proxy = proxyPolicy();
  return {
    name: "slipwayDirectPolicy",
    sendRequest(request, next) {
      // Of the address before.
      delete request.agent;
      // A login goes there in clear, and a proxy would read it.
      if (isLoopback(new URL(request.url).host)) return next(request);
      return proxy.sendRequest(request, next);
    },
  };
}

/** Gives up who says nothing, and reads no more of an answer than it may have. */
function boundedPolicy(pace: Pace): PipelinePolicy {
  return {
    name: "slipwayBoundedPolicy",
    async sendRequest(request, next) {
      const { streamResponseStatusCodes: streamed = NONE, onUploadProgress = ignore } = request;
      const silence = new AbortController();
      const timer = setTimeout(() => silence.abort(), pace.idle);
      request.streamResponseStatusCodes = new Set([Number.POSITIVE_INFINITY]);
      request.abortSignal = silence.signal;
      request.onUploadProgress = (event) => {
        timer.refresh();
        onUploadProgress(event);
      };
      try {
        const response = await next(request);
        return streamed.has(response.status) ? response : await withText(response, pace);
      } catch (error) {
        if (isRestError(error) || !silence.signal.aborted) throw error;
        throw new RestError("no answer", { code: "ETIMEDOUT", request });
      } finally {
        clearTimeout(timer);
        delete request.abortSignal;
        request.streamResponseStatusCodes = streamed;
        request.onUploadProgress = onUploadProgress;
      }
    },
  };
}

function ignore(): void {}

async function withText(response: PipelineResponse, pace: Pace): Promise<PipelineResponse> {
  const { readableStreamBody: stream, ...rest } = response;
  if (stream === undefined) return response;
  const content = await readStream(stream, { atMost: TEXT_MAX_BYTES, ...pace });
  return { ...rest, bodyAsText: content.toString("utf8") };
}
