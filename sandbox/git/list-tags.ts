import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureSampleRepositories, listSampleTags } from "./samples.ts";

// Prints the tags of the sample source repositories as JSON: what sample release records name.
const directory = await mkdtemp(join(tmpdir(), "slipway-samples-"));
try {
  await ensureSampleRepositories(directory);
  process.stdout.write(`${JSON.stringify(await listSampleTags(directory), null, 2)}\n`);
} finally {
  await rm(directory, { recursive: true, force: true });
}
