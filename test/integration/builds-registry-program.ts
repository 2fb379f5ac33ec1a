/** A child of `builds-registry.test.ts`, which trusts the test's certificate: prints one image. */
import { endpointMapFrom } from "../../builds/endpoints.ts";
import { openRepository } from "../../builds/registry-client.ts";

const [reference = ""] = process.argv.slice(2);
const repository = await openRepository({
  registry: "slipwaydev.azurecr.io",
  repository: "team/app",
  endpoints: endpointMapFrom(),
  credential: {
    getToken: async () => ({ token: "aad-token", expiresOnTimestamp: Date.now() + 3_600_000 }),
  },
});
const image = await repository.resolve(reference);
const labels = image === undefined ? undefined : await repository.labels(image);
process.stdout.write(JSON.stringify({ digest: image?.digest, labels }));
