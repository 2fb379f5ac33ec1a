/** The baseline with the same settings of the SDK as Slipway's own program. */
import { skipPromiseTraces } from "../../../components/promise-traces.ts";
import { mapStackTraces } from "../../../components/stack-traces.ts";

mapStackTraces();
skipPromiseTraces();
await import("./index.ts");
