import { join } from "node:path";

/** Everything that the sandbox of a checkout keeps lies below `<root>/.sandbox`. */
export interface SandboxPaths {
  directory: string;
  /** Taken while the sandbox is being started or stopped. */
  lock: string;
  state: string;
  ports: string;
  log: string;
  certificate: string;
  key: string;
  /** The certificate and what else clients were told to trust. */
  trustBundle: string;
  /** Key pair that releases are signed with. */
  signingKeys: string;
  arm: string;
  registry: string;
  buildkit: string;
  git: string;
  azureConfig: string;
  buildxConfig: string;
  pulumiHome: string;
  pulumiState: string;
  /** Mirrors of the source repositories that `slipway` reads. */
  sources: string;
}

/** @param root of the checkout, absolute */
export function sandboxPaths(root: string): SandboxPaths {
  const directory = join(root, ".sandbox");
  return {
    directory,
    lock: join(directory, "lock"),
    state: join(directory, "state.json"),
    ports: join(directory, "ports.json"),
    log: join(directory, "daemon.log"),
    certificate: join(directory, "tls", "certificate.pem"),
    key: join(directory, "tls", "key.pem"),
    trustBundle: join(directory, "tls", "trust.pem"),
    signingKeys: join(directory, "signing"),
    arm: join(directory, "arm"),
    registry: join(directory, "registry"),
    buildkit: join(directory, "buildkit"),
    git: join(directory, "git"),
    azureConfig: join(directory, "azure"),
    buildxConfig: join(directory, "buildx"),
    pulumiHome: join(directory, "pulumi-home"),
    pulumiState: join(directory, "pulumi-state"),
    sources: join(directory, "sources"),
  };
}
