import type { FastifyInstance } from "fastify";
import { ArmError } from "../core/errors.ts";
import type { Faults } from "../core/faults.ts";
import type { RequestLog } from "../core/requestLog.ts";
import { changedSettings, type Settings } from "../core/settings.ts";
import type { OpenAnswer } from "./strike.ts";
import type { Tokens } from "./tokens.ts";

export interface Control {
  faults: Faults;
  log: RequestLog;
  open: ReadonlySet<OpenAnswer>;
  tokens: Tokens;
  settings: { get(): Settings; set(settings: Settings): void };
}

export const CONTROL_PREFIX = "/_sandbox";

/** The control surface for tests: faults, settings and the request log, with the same token as ARM. */
export function addControlRoutes(server: FastifyInstance, control: Control): void {
  void server.register(
    async (routes) => {
      routes.addHook("onRequest", async (request) => {
        await control.tokens.verify(request.headers.authorization);
      });
      routes.setErrorHandler((error, _request, reply) => {
        const refusal = asRefusal(error);
        return reply.code(refusal.status).headers(refusal.headers).send(refusal.body());
      });
      routes.get("/faults", async () => ({ value: control.faults.list() }));
      routes.post("/faults", async (request) => control.faults.add(request.body));
      routes.delete("/faults", async () => {
        control.faults.clear();
        return {};
      });
      routes.delete<{ Params: { id: string } }>("/faults/:id", async (request) => ({
        removed: control.faults.remove(request.params.id),
      }));
      routes.get("/settings", async () => control.settings.get());
      routes.patch("/settings", async (request) => {
        const change = request.body as Partial<Settings>;
        control.settings.set(changedSettings(control.settings.get(), change));
        return control.settings.get();
      });
      routes.get<{ Querystring: { after?: string } }>("/requests", async (request) => {
        // A line is written when its answer is out, which the client can be quicker than.
        const sent = [...control.open].filter((answer) => answer.isSent());
        await Promise.all(sent.map((answer) => answer.recorded));
        return { value: control.log.entries(Number(request.query.after ?? 0)) };
      });
      routes.get("/process", async () => ({ pid: process.pid }));
    },
    { prefix: CONTROL_PREFIX },
  );
}

function asRefusal(error: unknown): ArmError {
  if (error instanceof ArmError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ArmError(400, "InvalidControlRequest", message);
}
