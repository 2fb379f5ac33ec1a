export { sandboxEnv } from "./supervisor/environment.ts";
export {
  resetSandbox,
  type SandboxOptions,
  type SandboxStatus,
  sandboxStatus,
  startSandbox,
  stopSandbox,
} from "./supervisor/start.ts";
