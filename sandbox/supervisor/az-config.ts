import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";

const CLOUD = "Sandbox";
/** The audience of public Azure's tokens: what official clients ask for unless told otherwise. */
const AUDIENCE = "https://management.core.windows.net/";

/**
 * Registers the sandbox as a cloud of `az` and chooses it, in a configuration folder of its own: the
 * files that `az cloud register` and `az cloud set` write. `az login --identity` is all that is left.
 * @param directory that `AZURE_CONFIG_DIR` names
 * @param arm such as `https://localhost:<port>`
 */
export async function writeAzConfig(directory: string, arm: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const settings = {
    endpoint_resource_manager: arm,
    endpoint_management: AUDIENCE,
    endpoint_active_directory: arm,
    endpoint_active_directory_resource_id: AUDIENCE,
    endpoint_active_directory_graph_resource_id: `${arm}/graph/`,
    endpoint_microsoft_graph_resource_id: `${arm}/graph/`,
    suffix_acr_login_server_endpoint: ".azurecr.io",
    suffix_storage_endpoint: "core.windows.net",
    suffix_keyvault_dns: ".vault.azure.net",
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  const clouds = `[${CLOUD}]\n${lines.join("\n")}\n`;
  await writeFileAtomic(join(directory, "clouds.config"), clouds);
  const config = join(directory, "config");
  if (existsSync(config)) return;
  await writeFileAtomic(config, `[cloud]\nname = ${CLOUD}\n\n[core]\ncollect_telemetry = no\n`);
}
