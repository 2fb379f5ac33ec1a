import type { SandboxPorts } from "../contract.ts";
import { SAMPLE_HOST } from "../git/samples.ts";

/** URL prefix of the sample repositories -> where they are served. */
export function gitHosts(ports: SandboxPorts): Record<string, string> {
  return { [`https://${SAMPLE_HOST}/`]: `http://127.0.0.1:${ports.git}/${SAMPLE_HOST}/` };
}
