import { get } from "node:http";
import { request } from "node:https";
import type { Fault, FaultSpec } from "./core/faults.ts";
import type { RequestLogEntry } from "./core/requestLog.ts";
import type { Settings } from "./core/settings.ts";
import { CONTROL_PREFIX } from "./http/controlRoutes.ts";
import { IDENTITY_PATH } from "./http/tokenRoutes.ts";

/** Where a running endpoint is and what a client of it needs. */
export interface ControlTarget {
  /** `https://localhost:<port>` */
  endpoint: string;
  identityPort: number;
  identityHeader: string;
  /** PEM of the endpoint's certificate. */
  ca: string;
}

export interface HttpAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** Drives the control surface of a running endpoint; for tests and `slipway sandbox`. */
export interface ArmControl {
  /** A bearer token for ARM, or for another audience. */
  token(audience?: string): Promise<string>;
  /** One request with a token, to ARM or to the control surface. */
  send(method: string, path: string, body?: unknown): Promise<HttpAnswer>;
  addFault(spec: FaultSpec): Promise<Fault>;
  faults(): Promise<Fault[]>;
  clearFaults(): Promise<void>;
  settings(): Promise<Settings>;
  changeSettings(change: Partial<Settings>): Promise<Settings>;
  /** Lines of the request log after a sequence number. */
  requests(after?: number): Promise<RequestLogEntry[]>;
  pid(): Promise<number>;
}

const ARM_AUDIENCE = "https://management.azure.com/";

export function armControl(target: ControlTarget): ArmControl {
  const token = async (audience = ARM_AUDIENCE): Promise<string> => {
    const url = `http://127.0.0.1:${target.identityPort}${IDENTITY_PATH}?api-version=2019-08-01&resource=${encodeURIComponent(audience)}`;
    const answer = await identityAnswer(url, target.identityHeader);
    return (JSON.parse(answer) as { access_token: string }).access_token;
  };
  const send = async (method: string, path: string, body?: unknown): Promise<HttpAnswer> =>
    exchange(target, method, path, await token(), body);
  const control = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await send(method, `${CONTROL_PREFIX}${path}`, body);
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body) as T;
  };
  return {
    token,
    send,
    addFault: (spec) => control<Fault>("POST", "/faults", spec),
    faults: async () => (await control<{ value: Fault[] }>("GET", "/faults")).value,
    clearFaults: async () => void (await control("DELETE", "/faults")),
    settings: () => control<Settings>("GET", "/settings"),
    changeSettings: (change) => control<Settings>("PATCH", "/settings", change),
    requests: async (after = 0) =>
      (await control<{ value: RequestLogEntry[] }>("GET", `/requests?after=${after}`)).value,
    pid: async () => (await control<{ pid: number }>("GET", "/process")).pid,
  };
}

function exchange(
  target: ControlTarget,
  method: string,
  path: string,
  token: string,
  body: unknown,
): Promise<HttpAnswer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers: Record<string, string> = { authorization: `Bearer ${token}` };
  if (text !== undefined) headers["content-type"] = "application/json";
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL(path, target.endpoint),
      // A connection of its own: one that is kept may belong to an endpoint that was restarted.
      { method, headers, ca: target.ca, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString("utf8"),
          }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(text);
  });
}

function identityAnswer(url: string, header: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = get(
      url,
      { headers: { "X-IDENTITY-HEADER": header }, agent: false },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () =>
          response.statusCode === 200
            ? resolve(text)
            : reject(new Error(`the identity endpoint answered ${response.statusCode}`)),
        );
      },
    );
    sent.on("error", reject);
  });
}
