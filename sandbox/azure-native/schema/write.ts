/** Writes `schemas.generated.json` anew: `npx tsx sandbox/azure-native/schema/write.ts`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateSchemas } from "./generate.ts";

const checkout = join(import.meta.dirname, "../../..");
const target = join(import.meta.dirname, "../schemas.generated.json");
writeFileSync(target, `${JSON.stringify(generateSchemas({ checkout }))}\n`);
